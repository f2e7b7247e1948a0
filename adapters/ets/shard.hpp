#pragma once

#include "actor_cache/adapter.hpp"

#include "node.hpp"
#include "shared_spinlock.hpp"
#include "slot_index.hpp"
#include "timing_wheel.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace actor_cache::ets_table {

/// What `removals` says, written under a lock and read without.
struct removal_counts {
  std::atomic<uint64_t> erased{0};
  std::atomic<uint64_t> replaced{0};
  std::atomic<uint64_t> expired{0};
};

/// A part of the table: nodes in the order of their hashes and keys, so that a
/// scan can be continued from a hash whatever has changed meanwhile.
///
/// A timing wheel knows which entries expire when; it is made with the first
/// one that does.
///
/// Whoever calls holds `mtx`: shared for const members, else exclusive.
template <class Node, class Mutex = shared_spinlock>
class alignas(64) shard {
public:
  using pointer = typename Node::pointer;

  explicit shard(key_hasher hash = {}) : slots_(hash) {
    // nop
  }

  /// Sets what keys are hashed by; to be called before all others.
  void hash_by(key_hasher hash) {
    slots_.hash_by(hash);
  }

  shard(const shard&) = delete;

  shard& operator=(const shard&) = delete;

  /// Returns the node of `key`, or null.
  const Node* find(uint64_t hash, std::string_view key) const noexcept {
    return slots_.find(hash, key);
  }

  Node* find(uint64_t hash, std::string_view key) noexcept {
    return const_cast<Node*>(std::as_const(*this).find(hash, key));
  }

  /// Adds a node whose key is not there.
  void insert(uint64_t hash, pointer added, time_point now);

  /// Calls `change(target)` for a node of this shard; it must not touch the
  /// key.
  template <class Change>
  void modify(Node& target, time_point now, Change change) {
    apply(target, change);
    schedule(target, now);
  }

  /// Gives `target` the content of `next`, which gets the old one, or where
  /// that takes a larger node, returns the old node.
  template <class Content>
  pointer assign(uint64_t hash, Node& target, Content& next, time_point now) {
    if (!target.fits(next))
      return exchange(hash, target, Node::make(target.key(), next), now);
    modify(target, now, [&](Node& x) { x.swap(next); });
    return nullptr;
  }

  /// Takes out the node of `key`, which must be there.
  pointer extract(uint64_t hash, std::string_view key) noexcept;

  /// Returns an index to `drain` the shard with. Needs no lock.
  slot_index<Node> empty_index() const {
    return slot_index<Node>{slots_.hasher()};
  }

  /// Takes out everything; what was made for that serves the shard then.
  slot_index<Node> drain(slot_index<Node> empty) noexcept;

  /// Takes out what is not kept at `now`, looking at up to `limit` of the nodes
  /// that may be over.
  /// @returns whether it looked at all of these
  bool expire(time_point now, size_t limit, trash<Node>& out) {
    if (wheel_ == nullptr)
      return true;
    out.nodes.reserve(out.nodes.size() + limit);
    return wheel_->advance(now, limit, [&](Node& x) {
      auto over = false;
      apply(x, [&](Node& y) {
        auto before = y.count();
        over = y.purge(now, out.objects);
        note(&removal_counts::expired, over ? before : before - y.count());
      });
      if (over)
        out.nodes.push_back(extract(hash_of(x), x.key()));
      else
        wheel_->schedule(x);
    });
  }

  /// Calls `visit(node)` for nodes with about `limit` entries from `hash` on;
  /// nodes of the same hash stay together.
  /// @returns where to go on, or nothing at the end
  template <class Visitor>
  std::optional<uint64_t>
  visit(uint64_t hash, size_t limit, Visitor visit) const {
    size_t seen = 0;
    uint64_t last = 0;
    for (auto at = slots_.next(slots_.lower_bound(hash)); at;
         at = slots_.next({at->part, at->index + 1})) {
      const auto& current = *slots_.node(*at);
      auto hash_of_current = hash_of(current);
      if (seen >= limit && hash_of_current != last)
        return hash_of_current;
      visit(current);
      last = hash_of_current;
      seen += current.count();
    }
    return std::nullopt;
  }

  /// The same from `hash` backwards.
  template <class Visitor>
  std::optional<uint64_t>
  visit_back(uint64_t hash, size_t limit, Visitor visit) const {
    size_t seen = 0;
    uint64_t last = 0;
    for (auto at = slots_.previous(slots_.upper_bound(hash)); at;
         at = slots_.previous(*at)) {
      const auto& current = *slots_.node(*at);
      auto hash_of_current = hash_of(current);
      if (seen >= limit && hash_of_current != last)
        return hash_of_current;
      visit(current);
      last = hash_of_current;
      seen += current.count();
    }
    return std::nullopt;
  }

  /// Returns the first node behind `key`, there or not, that is kept at `now`.
  const Node* after(uint64_t hash, std::string_view key,
                    time_point now) const noexcept;

  const Node* before(uint64_t hash, std::string_view key,
                     time_point now) const noexcept;

  const Node* first(time_point now) const noexcept;

  const Node* last(time_point now) const noexcept;

  /// Number of entries; needs no lock. Whoever sees that entries are gone sees
  /// in `removed` what was noted before.
  size_t size() const noexcept {
    return size_.load(std::memory_order_acquire);
  }

  /// Bytes in use; needs no lock.
  size_t bytes() const noexcept {
    return bytes_.load(std::memory_order_relaxed);
  }

  /// Hands over what is to be freed once no lock is held.
  auto take_outgrown() noexcept {
    return slots_.take_outgrown();
  }

  /// Number of slots, for tests.
  size_t extent() const noexcept {
    return slots_.extent();
  }

  /// The most slots that one call has moved, for tests.
  size_t most_moved() const noexcept {
    return slots_.most_moved();
  }

  /// Number of nodes that `expire` has looked at so far, for tests.
  uint64_t looked_at() const noexcept {
    return wheel_ != nullptr ? wheel_->looked_at() : 0;
  }

  /// Returns a version that this shard has not used before.
  version next_version() noexcept {
    return ++last_version_;
  }

  /// Notes that `n` entries went in a call that does not tell so.
  void note(std::atomic<uint64_t> removal_counts::* which,
            uint64_t n = 1) noexcept {
    auto& count = removed_.*which;
    count.store(count.load(std::memory_order_relaxed) + n,
                std::memory_order_relaxed);
  }

  /// Returns what was noted; needs no lock.
  removals removed() const noexcept {
    return {removed_.erased.load(std::memory_order_relaxed),
            removed_.replaced.load(std::memory_order_relaxed),
            removed_.expired.load(std::memory_order_relaxed)};
  }

  /// Lets `next_version` return more than `which` from now on.
  void raise_version(version which) noexcept {
    last_version_ = std::max(last_version_, which);
  }

  mutable Mutex mtx;

private:
  using position = typename slot_index<Node>::position;

  uint64_t hash_of(const Node& x) const {
    return slots_.hasher()(x.key());
  }

  const Node* kept_from(position at, time_point now) const noexcept;

  const Node* kept_before(position at, time_point now) const noexcept;

  template <class Change>
  void apply(Node& target, Change change) {
    auto count = target.count();
    auto size = target.bytes();
    change(target);
    account(target.count() - count, target.bytes() - size);
  }

  /// Lets the wheel look at `x` when its time is over. Where there is no memory
  /// for a wheel, what expires is freed by the next write.
  void schedule(Node& x, time_point now) noexcept {
    if (x.links() == nullptr || x.kept_until() == never)
      return;
    if (wheel_ == nullptr)
      wheel_.reset(new (std::nothrow) timing_wheel<Node>(now));
    if (wheel_ != nullptr)
      wheel_->schedule(x);
  }

  pointer exchange(uint64_t hash, Node& old, pointer next, time_point now);

  /// Adds to the counters, modulo their range.
  void account(size_t entries, size_t bytes) noexcept;

  slot_index<Node> slots_;
  std::unique_ptr<timing_wheel<Node>> wheel_;
  version last_version_ = 0;
  std::atomic<size_t> size_{0};
  std::atomic<size_t> bytes_{0};
  removal_counts removed_;
};

/// Holds the lock of a shard, to change it. What that makes superfluous is
/// freed once the lock is released.
template <class Shard>
class shard_guard {
public:
  explicit shard_guard(Shard& home) noexcept : home_(&home) {
    home.mtx.lock();
  }

  shard_guard(const shard_guard&) = delete;

  shard_guard& operator=(const shard_guard&) = delete;

  ~shard_guard() {
    if (home_ != nullptr)
      unlock();
  }

  void unlock() noexcept {
    auto superfluous = home_->take_outgrown();
    std::exchange(home_, nullptr)->mtx.unlock();
  }

private:
  Shard* home_;
};

} // namespace actor_cache::ets_table
