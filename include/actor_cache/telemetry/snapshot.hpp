#pragma once

#include "actor_cache/connected.hpp"
#include "actor_cache/stats.hpp"
#include "actor_cache/types.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache::telemetry {

/// How long one kind of call took.
struct operation_figures {
  /// For example "get".
  std::string name;

  /// Calls that were measured: a sample where the store never waits. 0 unless
  /// metrics were started.
  uint64_t measured = 0;

  /// The time that these took.
  timespan total{0};

  /// The time that half of them, 95 and 99 of a hundred took at most: the upper
  /// end of the bucket of the histogram, so correct to a factor of about two.
  timespan p50{0};
  timespan p95{0};
  timespan p99{0};
};

/// What is known about one cache. Everything counts from the cache's start.
struct cache_figures {
  std::string name;
  std::string adapter;

  /// As `cache::stats` has it, but for `size` and `bytes`.
  cache_stats stats;

  /// Entries in the store. Of a store that may wait, or lives in an actor, as
  /// of the last sweep; nothing where nobody has counted yet, or where counting
  /// would mean to walk through a server's keys (redis).
  std::optional<uint64_t> size;

  /// Bytes that the store holds; nothing where it does not know.
  std::optional<uint64_t> bytes;

  /// How often the cache's actor was started again after a crash.
  uint64_t restarts = 0;

  /// Calls that failed, by the name of the error's code. Codes of others than
  /// this library count as "other".
  std::vector<std::pair<std::string, uint64_t>> errors;

  std::vector<operation_figures> operations;

  /// Nothing where the adapter has no connections.
  std::optional<connection_counts> connections;
};

/// Returns what all caches of `system` say about themselves, by name. Does not
/// block and does no I/O. A sandboxed cache has no figures: its instances are
/// those of tests.
std::vector<cache_figures> snapshot(caf::actor_system& system);

} // namespace actor_cache::telemetry
