#pragma once

#include "actor_cache/types.hpp"

#include <cstdint>

namespace actor_cache {

/// What a cache has done since it was started, counted over both roads.
struct cache_stats {
  /// Reads that found a value.
  uint64_t hits = 0;
  /// Reads that found none.
  uint64_t misses = 0;
  /// Entries written.
  uint64_t puts = 0;
  /// Entries removed because a caller asked for it.
  uint64_t erased = 0;
  /// Entries removed because their time was over.
  uint64_t expired = 0;
  /// Runs of a function that `get_or_create` was given.
  uint64_t loads = 0;
  /// Those of them that failed.
  uint64_t load_failures = 0;
  /// Time spent in these runs.
  timespan load_time{0};
  /// Entries now in the store, those that a sweep has yet to free included.
  uint64_t size = 0;
  /// Bytes that the store holds; 0 where it does not know.
  uint64_t bytes = 0;

  /// Returns the share of reads that found a value, 0 before the first read.
  double hit_ratio() const noexcept {
    auto reads = hits + misses;
    return reads == 0 ? 0.0 : static_cast<double>(hits) / reads;
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, cache_stats& x) {
    return f.object(x).fields(
      f.field("hits", x.hits), f.field("misses", x.misses),
      f.field("puts", x.puts), f.field("erased", x.erased),
      f.field("expired", x.expired), f.field("loads", x.loads),
      f.field("load-failures", x.load_failures),
      f.field("load-time", x.load_time), f.field("size", x.size),
      f.field("bytes", x.bytes));
  }
};

} // namespace actor_cache
