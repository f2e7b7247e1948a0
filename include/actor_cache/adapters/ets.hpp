#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/encoding.hpp"

#include <cstddef>

namespace actor_cache {

/// An in-memory table that all threads read and write at once, like an Erlang
/// ETS table: live objects, no encoding, no actor in between.
///
/// The table is split into shards, each with a lock of its own that readers
/// share. An operation touches one entry of one shard: O(1), and a scan holds a
/// shard only for a page at a time.
struct ets_options {
  /// Number of shards, a power of two; 0 picks 32 for each core. (In
  /// Erlang: `write_concurrency`.)
  size_t shards = 0;

  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;
};

} // namespace actor_cache
