#pragma once

#include "connection.hpp"

#include "actor_cache/adapters/redis.hpp"

namespace actor_cache::redis_wire {

/// Returns a function that asks the sentinels, one after the other, which
/// server the primary is now.
std::function<caf::expected<address>(const interruption&)>
ask_sentinels(const redis_options& options, dial_settings dial);

} // namespace actor_cache::redis_wire
