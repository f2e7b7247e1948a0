#pragma once

#include "actor_cache/entry.hpp"

#include "shared_spinlock.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace actor_cache::ets {

/// One entry with its key behind it, in one block of memory. With a key of up
/// to 16 bytes and a small value that is one cache line.
class node {
public:
  struct deleter {
    void operator()(node* ptr) const noexcept;
  };

  using pointer = std::unique_ptr<node, deleter>;

  static pointer make(std::string_view key, entry content);

  std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), key_size_};
  }

  bool kept(time_point now) const noexcept {
    return deadline_ == never || read().kept(now);
  }

  entry read() const {
    return {value_, deadline_, stale_for_, version_};
  }

  void write(entry content) noexcept {
    value_ = std::move(content.value);
    deadline_ = content.deadline;
    stale_for_ = content.stale_for;
    version_ = content.version;
  }

  size_t bytes() const noexcept {
    return sizeof(node) + key_size_ + value_.footprint();
  }

private:
  node(size_t key_size, entry content) noexcept
    : key_size_(static_cast<uint32_t>(key_size)) {
    write(std::move(content));
  }

  term value_;
  time_point deadline_;
  actor_cache::version version_;
  stale_window stale_for_;
  uint32_t key_size_;
};

/// A part of the table: an array of (hash, node) pairs that is kept sorted by
/// hash, with gaps. An entry lies at the index that the high bits of its hash
/// name or, where others are in the way, in the run of entries behind it. (This
/// is linear probing with ordered insertion: Amble and Knuth, 1974.) So misses
/// end early, nothing is left behind by removals, growing is one pass, and a
/// scan can be continued from a hash whatever has changed meanwhile.
///
/// Whoever calls holds `mtx`: shared for const members, else exclusive.
class alignas(64) shard {
public:
  shard();

  shard(const shard&) = delete;

  shard& operator=(const shard&) = delete;

  ~shard();

  /// Returns the node of `key`, or null.
  const node* find(uint64_t hash, std::string_view key) const noexcept;

  node* find(uint64_t hash, std::string_view key) noexcept {
    return const_cast<node*>(std::as_const(*this).find(hash, key));
  }

  /// Adds an entry whose key is not there.
  void insert(uint64_t hash, std::string_view key, entry content);

  /// Overwrites the content of a node of this shard.
  void write(node& target, entry content) noexcept;

  /// Removes `key`, which must be there.
  void erase(uint64_t hash, std::string_view key) noexcept;

  void clear() noexcept;

  /// Removes the nodes with `done(node)` among about `limit` slots from `hash`
  /// on.
  /// @returns where to go on, or 0 at the end
  template <class Predicate>
  uint64_t erase_if(uint64_t hash, size_t limit, Predicate done) noexcept {
    auto index = lower_bound(hash);
    for (auto last = index + limit; index < last && index < extent_;) {
      if (slots_[index].ptr != nullptr && done(*slots_[index].ptr))
        erase_at(index);
      else
        ++index;
    }
    return next_hash(index);
  }

  /// Calls `visit(node)` for about `limit` nodes from `hash` on; nodes of the
  /// same hash stay together.
  /// @returns where to go on, or 0 at the end
  template <class Visitor>
  uint64_t visit(uint64_t hash, size_t limit, Visitor visit) const {
    auto index = lower_bound(hash);
    size_t seen = 0;
    uint64_t last = 0;
    for (; index < extent_; ++index) {
      const auto& current = slots_[index];
      if (current.ptr == nullptr)
        continue;
      if (seen >= limit && current.hash != last)
        break;
      visit(*current.ptr);
      last = current.hash;
      ++seen;
    }
    return next_hash(index);
  }

  /// Number of entries; needs no lock.
  size_t size() const noexcept {
    return size_.load(std::memory_order_relaxed);
  }

  /// Bytes in use; needs no lock.
  size_t bytes() const noexcept {
    return bytes_.load(std::memory_order_relaxed);
  }

  /// Returns a version that this shard has not used before.
  version next_version() noexcept {
    return ++last_version_;
  }

  mutable shared_spinlock mtx;

private:
  struct slot {
    uint64_t hash;
    node* ptr;
  };

  size_t home(uint64_t hash) const noexcept {
    return static_cast<size_t>(hash >> shift_);
  }

  size_t lower_bound(uint64_t hash) const noexcept;

  size_t position(uint64_t hash, std::string_view key) const noexcept;

  uint64_t next_hash(size_t index) const noexcept;

  bool try_insert(uint64_t hash, node* ptr) noexcept;

  void erase_at(size_t index) noexcept;

  void resize(unsigned bits);

  void account(ptrdiff_t entries, ptrdiff_t bytes) noexcept;

  unsigned shift_;
  std::unique_ptr<slot[]> slots_;
  size_t extent_;
  version last_version_ = 0;
  std::atomic<size_t> size_{0};
  std::atomic<size_t> bytes_{0};
};

} // namespace actor_cache::ets
