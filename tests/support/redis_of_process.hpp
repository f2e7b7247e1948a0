#pragma once

#include "actor_cache/adapters/redis.hpp"

namespace actor_cache::test {

/// Returns options for a Redis server that all tests of this process share,
/// whose clock stands still, and which has nothing else in it.
redis_options redis_of_process();

} // namespace actor_cache::test
