#pragma once

#include "actor_cache/redis_reply.hpp"

#include "keyspace.hpp"

#include <optional>
#include <string>
#include <vector>

namespace actor_cache::redis_wire {

/// Tells what is wrong with a command before it runs: it is empty, unknown, or
/// has the wrong number of arguments.
std::optional<redis_error>
check_command(const std::vector<std::string>& command);

/// Runs a command on `keys` and answers as Redis 7 does; commands that begin
/// with "JSON." as RedisJSON 2.x does.
redis_reply run_command(keyspace& keys,
                        const std::vector<std::string>& command);

} // namespace actor_cache::redis_wire
