#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/field.hpp"

#include <cstddef>
#include <tuple>

namespace actor_cache {

/// A table in memory for integers that many threads count up and down, like
/// Erlang's `counters`, under any key.
///
/// `increment` and `decrement` are one atomic step each, and threads that count
/// under different keys share no cache line; `count` of `cache<V, counter>`
/// does not meet other threads under the same key either. A number has the type
/// of its first value and never wraps around. A missing one is a miss, not
/// zero.
///
/// Values of other types work as in an ets table of type `set`.
struct counter_options {
  /// Number of shards, a power of two up to 65536; 0 picks 32 for each core, or
  /// one without `write_concurrency`.
  size_t shards = 0;

  /// Off makes a table of one shard: for a few counters that are hardly ever
  /// added or removed.
  bool write_concurrency = true;

  /// Without effect, whatever it says: the table has room for any number of
  /// counters. Accepted because ElixirCache has it.
  size_t initial_size = 1;

  /// @returns `errc::invalid_argument`
  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;

  /// Returns the options for a sandbox: the same, small.
  counter_options stand_in() const;

  static constexpr auto fields = std::tuple{
    field{"shards", &counter_options::shards},
    field{"write_concurrency", &counter_options::write_concurrency},
    field{"initial_size", &counter_options::initial_size},
  };
};

} // namespace actor_cache
