#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/field.hpp"

#include <string>
#include <tuple>

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
  /// The key `x` is `<key_prefix>:x` in commands; empty for the cache's name.
  std::string key_prefix = {};

  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;

  /// It stands in for itself.
  redis_stand_in_options stand_in() const {
    return *this;
  }

  static constexpr auto fields = std::tuple{
    field{"key_prefix", &redis_stand_in_options::key_prefix},
  };
};

} // namespace actor_cache
