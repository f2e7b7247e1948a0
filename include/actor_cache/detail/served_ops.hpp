#pragma once

#include "actor_cache/messages.hpp"
#include "actor_cache/redis_messages.hpp"
#include "actor_cache/table_messages.hpp"

namespace actor_cache::detail {

/// What caches with a certain adapter answer beyond the messages of every cache
/// actor: all cache actors take them, and say where their store cannot do that.
using capability_ops = joined<redis_ops, table_message_list>::type;

/// All that the actors behind a cache take.
using served_ops = joined<core_ops, capability_ops>::type;

} // namespace actor_cache::detail
