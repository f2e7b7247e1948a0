#pragma once

#include "actor_cache/adapters/redis.hpp"

#include <atomic>
#include <cstdint>

namespace actor_cache::test {

/// Returns options for a Redis server that all tests of this process share, and
/// which has nothing in it.
redis_options redis_of_process();

/// Returns the microseconds by which the clock of that server has moved.
std::atomic<int64_t>& clock_of_redis();

/// Returns options for a Redis Cluster of three primaries that all tests of
/// this process share, and which has nothing in it.
redis_options cluster_of_process();

/// Returns the microseconds by which the clock of that cluster has moved.
std::atomic<int64_t>& clock_of_cluster();

} // namespace actor_cache::test
