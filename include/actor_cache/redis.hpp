#pragma once

#include "actor_cache/cache.hpp"
#include "actor_cache/detail/redis_calls.hpp"
#include "actor_cache/detail/redis_hash_calls.hpp"
#include "actor_cache/detail/redis_json_calls.hpp"
#include "actor_cache/redis_actor.hpp"

namespace actor_cache {

/// Names the Redis adapter in the type of a handle: `cache<user, redis>` has,
/// beyond the calls of every cache, those about hashes, sets, JSON documents,
/// keys and commands; `async(self)` and the messages of `redis_actor` have them
/// as well. docs/redis.md has a table of all.
///
/// In a sandbox all of them work in memory, without a server.
struct redis {
  static constexpr std::string_view name = "redis";

  using actor_type = redis_actor;

  template <class Calls, class V>
  class calls : public detail::redis_hash_calls<Calls, V>,
                public detail::redis_set_calls<Calls, V>,
                public detail::redis_json_calls<Calls>,
                public detail::redis_command_calls<Calls> {};

  template <class Calls, class V>
  using async_calls = calls<Calls, V>;
};

} // namespace actor_cache
