#pragma once

#include "actor_cache/cache_actor.hpp"
#include "actor_cache/redis_messages.hpp"

namespace actor_cache {

/// The actor of a cache that speaks Redis: answers what every cache actor
/// answers, and the messages about hashes, sets, JSON documents, keys and
/// commands. `cache<V, redis>::actor` returns it.
using redis_actor = detail::interface_of<
  detail::joined<detail::core_ops, detail::redis_ops>::type>::type;

} // namespace actor_cache
