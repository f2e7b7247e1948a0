#pragma once

#include "actor_cache/command_messages.hpp"
#include "actor_cache/hash_messages.hpp"
#include "actor_cache/json_messages.hpp"
#include "actor_cache/set_messages.hpp"

namespace actor_cache::detail {

/// What a `redis_actor` answers beyond the messages of every cache actor.
using redis_ops = joined<hash_message_list, set_message_list, json_message_list,
                         command_message_list>::type;

} // namespace actor_cache::detail
