#pragma once

#include "actor_cache/ordered.hpp"

#include "expiry_reports.hpp"
#include "hash.hpp"
#include "shard.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::ets_table {

/// The shards of a table; they know nothing of each other. The low bits of a
/// key's hash name its shard.
///
/// Thread safety: any number of threads may use all members at once.
template <class Node, class Mutex = shared_spinlock>
class shard_table {
public:
  /// Makes a table with `shards` shards, a power of two.
  explicit shard_table(size_t shards);

  /// Where a key lies.
  struct place {
    uint64_t hash;
    shard<Node, Mutex>& home;
  };

  /// Whoever uses the shard must lock it.
  place locate(std::string_view key) noexcept {
    auto hash = hash_key(key, hash_.seed); // inline, as `hash_` is not
    return {hash, shards_[hash & mask_]};
  }

  size_t shards() const noexcept {
    return shards_.size();
  }

  size_t size() const noexcept;

  size_t bytes() const noexcept;

  /// Returns what all shards have noted.
  removals removed() const noexcept;

  void clear();

  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) const;

  caf::expected<scan_page> scan_back(std::string_view cursor, size_t limit,
                                     time_point now) const;

  std::optional<std::string> neighbour(std::optional<std::string_view> key,
                                       direction way, time_point now) const;

  /// Frees what is not kept at `now`, as much as takes a few milliseconds; the
  /// next call goes on from there. `removed` tells how much that was.
  void sweep(time_point now);

  /// Sets who is told what expired. To be called before all others.
  void on_expired(expiry_listener listener) {
    on_expired_ = std::move(listener);
  }

  /// Tells whether the last `sweep` left something over.
  bool sweep_pending() const noexcept {
    return sweep_pending_.load(std::memory_order_relaxed);
  }

  /// Number of nodes that sweeps have looked at so far, for tests; not while
  /// others sweep.
  uint64_t looked_at() const {
    uint64_t result = 0;
    for (const auto& part : shards_)
      result += part.looked_at();
    return result;
  }

protected:
  /// Tells that an entry has expired; no lock may be held.
  void report_expired(std::string_view key, const term& value) const {
    if (on_expired_ != nullptr)
      on_expired_(key, value);
  }

private:
  const key_hasher hash_;
  std::vector<shard<Node, Mutex>> shards_;
  const uint64_t mask_;
  expiry_listener on_expired_;
  std::mutex sweep_mtx_;
  size_t sweep_shard_ = 0;
  node_disposal<Node> dispose_;
  std::atomic<bool> sweep_pending_{false};
};

} // namespace actor_cache::ets_table
