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

/// Frees the one block of memory that a node and its key are.
template <class Node>
struct node_deleter {
  void operator()(Node* ptr) const noexcept {
    auto from = ptr->source();
    ptr->~Node();
    deallocate(ptr, from);
  }
};

/// Frees nodes, however many, and has glibc join what that sets aside every now
/// and then.
template <class Node>
class node_disposal {
public:
  void operator()(typename Node::pointer x) noexcept {
    if (x->source() != block_source::heap || ++count_ % at_once != 0)
      return;
    auto* ptr = x.release();
    ptr->~Node();
    free_and_join(ptr);
  }

private:
  static constexpr size_t at_once = 256;

  size_t count_ = 0;
};

/// One entry with its key behind it, in one block of memory. With a key of up
/// to 16 bytes and a small value that is one cache line. An entry that expires
/// has links for a timing wheel behind the key.
class node {
public:
  using pointer = std::unique_ptr<node, node_deleter<node>>;

  /// Makes a node, with room for links where `content` expires.
  static pointer make(std::string_view key, entry content);

  std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), key_size_};
  }

  /// Tells whether the node has room for what an entry like `next` needs.
  bool fits(const entry& next) const noexcept {
    return timed_ != 0 || next.deadline == never;
  }

  wheel_links<node>* links() noexcept {
    if (timed_ == 0)
      return nullptr;
    return reinterpret_cast<wheel_links<node>*>(reinterpret_cast<char*>(this)
                                                + links_offset(key_size_));
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
    return block_size(key_size_, timed_ != 0) + value_.footprint();
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
  node(std::string_view key, entry content, block_source from) noexcept;

  static size_t links_offset(size_t key_size) noexcept {
    constexpr auto alignment = alignof(wheel_links<node>);
    return (sizeof(node) + key_size + alignment - 1) & ~(alignment - 1);
  }

  static size_t block_size(size_t key_size, bool timed) noexcept {
    return timed ? links_offset(key_size) + sizeof(wheel_links<node>)
                 : sizeof(node) + key_size;
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

  static pointer make(std::string_view key, entry first);

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
