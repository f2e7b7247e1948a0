#pragma once

#include "actor_cache/cache_actor.hpp"
#include "actor_cache/table_messages.hpp"

namespace actor_cache {

/// The actor of a cache that is a table: answers what every cache actor
/// answers, and the messages about tables. `cache<V, ets>::actor` and
/// `cache<V, dets>::actor` return it.
using table_actor = detail::interface_of<
  detail::joined<detail::core_ops, detail::table_message_list>::type>::type;

} // namespace actor_cache
