#pragma once

#include "actor_cache/types.hpp"

#include <cstdint>

namespace actor_cache {

/// What a cache has done since it was started, counted over both roads.
///
/// Whatever was put is still there or went for one of four causes (those of
/// Caffeine's `RemovalCause`): `puts` is the sum of `size` and `removed()`, but
/// for entries that the store had when the cache started. Counts that are read
/// while others write may differ.
struct cache_stats {
  /// Reads that found a value.
  uint64_t hits = 0;
  /// Reads that found none.
  uint64_t misses = 0;
  /// Entries written.
  uint64_t puts = 0;
  /// Entries removed because a caller asked for it; also values that were
  /// loaded and stored too late, after a write to their key.
  uint64_t erased = 0;
  /// Entries whose value gave way to another one; 0 for `put` where the store
  /// does not know.
  uint64_t replaced = 0;
  /// Entries removed by a sweep, or by a write to their key, because their time
  /// was over.
  uint64_t expired = 0;
  /// Entries removed by `clear`, or by a restart that asks for a clean store.
  uint64_t cleared = 0;
  /// Runs of a function that `get_or_create` was given.
  uint64_t loads = 0;
  /// Those of them that failed.
  uint64_t load_failures = 0;
  /// Those of them whose value is not in the store because another caller wrote
  /// to the key meanwhile.
  uint64_t loads_superseded = 0;
  /// Time spent in these runs.
  timespan load_time{0};
  /// Entries now in the store, those that a sweep has yet to free included; 0
  /// while the store is out of reach.
  uint64_t size = 0;
  /// Bytes that the store holds; 0 where it does not know.
  uint64_t bytes = 0;

  /// Returns the share of reads that found a value, 0 before the first read.
  double hit_ratio() const noexcept {
    auto reads = hits + misses;
    return reads == 0 ? 0.0 : static_cast<double>(hits) / reads;
  }

  /// Returns how many entries went, for whatever cause.
  uint64_t removed() const noexcept {
    return erased + replaced + expired + cleared;
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, cache_stats& x) {
    return f.object(x).fields(
      f.field("hits", x.hits), f.field("misses", x.misses),
      f.field("puts", x.puts), f.field("erased", x.erased),
      f.field("replaced", x.replaced), f.field("expired", x.expired),
      f.field("cleared", x.cleared), f.field("loads", x.loads),
      f.field("load-failures", x.load_failures),
      f.field("loads-superseded", x.loads_superseded),
      f.field("load-time", x.load_time), f.field("size", x.size),
      f.field("bytes", x.bytes));
  }
};

} // namespace actor_cache
