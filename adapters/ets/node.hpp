#pragma once

#include "actor_cache/entry.hpp"

#include "memory.hpp"
#include "timing_wheel.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::ets_table {

/// Entries with their keys, as pages have them.
using entry_list = std::vector<std::pair<std::string, entry>>;

/// What was taken out of a table, to be destroyed once no lock is held: the
/// destructors are the user's code.
template <class Node>
struct trash {
  std::vector<typename Node::pointer> nodes;
  std::vector<entry> objects;
};

/// One entry with its key behind it, in one block of memory. With a key of up
/// to 16 bytes and a small value that is one cache line. Behind the key there
/// is the box of a larger value, unless others had that when it was put, and of
/// an entry that expires the links for a timing wheel.
class node {
public:
  using pointer = std::unique_ptr<node, node_deleter<node>>;

  /// Makes a node, with room for links where `content` expires. What is left of
  /// `content` is to be destroyed once no lock is held.
  static pointer make(std::string_view key, entry& content);

  /// Ends a node.
  /// @returns its block, to be freed, unless others still have the value in it
  static void* retire(node* x) noexcept;

  std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), key_size_};
  }

  /// Tells whether the node can take the content of `next`: it has the links
  /// that this needs, and its own value and the next one can change places.
  bool fits(const entry& next) const noexcept;

  wheel_links<node>* links() noexcept {
    if (timed_ == 0)
      return nullptr;
    return reinterpret_cast<wheel_links<node>*>(reinterpret_cast<char*>(this)
                                                + links_offset());
  }

  time_point kept_until() const noexcept {
    return deadline_ >= never - stale_for_ ? never : deadline_ + stale_for_;
  }

  /// Returns where the node's block came from: a value that had a block of its
  /// own when the node was made has the node beside it.
  block_source source() const noexcept {
    return source_;
  }

  const term& value() const noexcept {
    return value_;
  }

  bool kept(time_point now) const noexcept {
    return now < kept_until();
  }

  bool fresh(time_point now) const noexcept {
    return now < deadline_;
  }

  entry read() const noexcept {
    return {value_, deadline_, stale_for_, version_};
  }

  stored_entry stored() const noexcept {
    return {value_, deadline_, stale_for_, version_};
  }

  /// Returns the entry with `value` in place of the node's.
  entry read_as(term value) const noexcept {
    return {std::move(value), deadline_, stale_for_, version_};
  }

  actor_cache::version version() const noexcept {
    return version_;
  }

  /// Exchanges the node's content with `content`.
  void swap(entry& content) noexcept {
    value_.swap(content.value);
    std::swap(deadline_, content.deadline);
    std::swap(stale_for_, content.stale_for);
    std::swap(version_, content.version);
  }

  size_t count() const noexcept {
    return 1;
  }

  size_t bytes() const noexcept {
    return block_size(key_size_, box_size(), timed_ != 0)
           + (box_size() == 0 ? value_.footprint() : 0);
  }

  /// Appends the entry if it is kept at `now`.
  void emit(time_point now, entry_list& out) const;

  /// Moves what is not kept at `now` to `out`, or leaves it to the caller if
  /// that is all there is.
  /// @returns whether the node is to be removed
  bool purge(time_point now, std::vector<entry>&) const noexcept {
    return !kept(now);
  }

private:
  node(std::string_view key, const entry& content, block_source from) noexcept;

  /// Returns how far into the block there is what comes behind the key.
  static size_t end_of_key(size_t key_size) noexcept {
    constexpr auto alignment = alignof(void*);
    return (sizeof(node) + key_size + alignment - 1) & ~(alignment - 1);
  }

  static size_t block_size(size_t key_size, size_t box_size,
                           bool timed) noexcept {
    if (box_size == 0 && !timed)
      return sizeof(node) + key_size;
    return end_of_key(key_size) + box_size
           + (timed ? sizeof(wheel_links<node>) : 0);
  }

  /// Tells whether the value lies in this block.
  bool has_box() const noexcept;

  /// Returns the size of the value's box, if that lies in this block, else 0.
  size_t box_size() const noexcept;

  size_t links_offset() const noexcept {
    return end_of_key(key_size_) + box_size();
  }

  term value_;
  time_point deadline_;
  actor_cache::version version_;
  stale_window stale_for_;
  uint32_t key_size_ : 30;

  /// Whether there is room for links.
  uint32_t timed_ : 1;

  block_source source_ : 1;
};

/// All objects under one key, the oldest first. Versions grow from object to
/// object.
class bag_node {
public:
  using pointer = std::unique_ptr<bag_node, node_deleter<bag_node>>;

  static pointer make(std::string_view key, entry& first);

  static void* retire(bag_node* x) noexcept {
    x->~bag_node();
    return x;
  }

  std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), key_size_};
  }

  /// As `node::source`: objects always have a block of their own.
  static constexpr block_source source() noexcept {
    return block_source::heap;
  }

  bool kept(time_point now) const noexcept {
    return newest(now) != nullptr;
  }

  std::span<const entry> objects() const noexcept {
    return objects_;
  }

  wheel_links<bag_node>* links() noexcept {
    return &links_;
  }

  /// Returns the end of the object that goes first. O(n).
  time_point kept_until() const noexcept;

  /// Returns the object that was put last of those kept at `now`, or null.
  const entry* newest(time_point now) const noexcept;

  /// Returns the version of the object that was put last.
  actor_cache::version newest_version() const noexcept {
    return objects_.empty() ? 0 : objects_.back().version;
  }

  /// Tells whether there is an object with that version.
  bool has(actor_cache::version which) const noexcept;

  /// Makes room for one more object, so that the next `add` cannot throw.
  void reserve_one();

  /// Adds an object with a version above all others.
  void add(entry object) noexcept;

  /// Moves the object with that version to `out`.
  /// @returns whether there was one
  bool remove(actor_cache::version which, std::vector<entry>& out);

  size_t count() const noexcept {
    return objects_.size();
  }

  size_t bytes() const noexcept {
    return bytes_;
  }

  void emit(time_point now, entry_list& out) const;

  bool purge(time_point now, std::vector<entry>& out);

private:
  bag_node(std::string_view key, std::vector<entry> objects) noexcept;

  /// Returns the position of the first object with at least that version.
  size_t position(actor_cache::version which) const noexcept;

  std::vector<entry> objects_;
  size_t bytes_;
  wheel_links<bag_node> links_;
  uint32_t key_size_;
};

} // namespace actor_cache::ets_table
