#pragma once

#include "actor_cache/adapter.hpp"

namespace actor_cache {

/// A Redis server in memory, for one cache: what answers a Redis cache in a
/// sandbox, and good for tests and examples without a server.
///
/// Has all capabilities of the Redis adapter (`hash_ops`, `set_ops`,
/// `json_ops`, `key_scan`, `command_ops`) and answers a part of Redis' commands
/// as a server of version 7 does, those that begin with "JSON." as RedisJSON
/// 2.x does; docs/redis.md lists them. Lifetimes run on the cache's clock, in
/// milliseconds.
///
/// Thread safety: any number of threads; one call runs at a time.
struct redis_stand_in_options {
  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;

  /// It stands in for itself.
  redis_stand_in_options stand_in() const {
    return *this;
  }
};

} // namespace actor_cache
