#include "redis_subjects.hpp"

#include "actor_cache/adapters/redis_stand_in.hpp"

#include "redis_of_process.hpp"

namespace actor_cache::test {

const std::vector<subject>& redis_subjects() {
  auto in_memory = [] { return redis_stand_in_options{}; };
  static const std::vector<subject> result = with_mail({
    {.name = "redis stand-in",
     .options = in_memory,
     .road = road::direct,
     .live = false},
    {.name = "redis in a sandbox",
     .options = in_memory,
     .road = road::direct,
     .live = false,
     .sandboxed = true},
    {.name = "redis",
     .options = [] { return redis_of_process(); },
     .road = road::direct,
     .live = false,
     .owned = false,
     .server_clock = clock_of_redis},
    {.name = "redis cluster",
     .options = [] { return cluster_of_process(); },
     .road = road::direct,
     .live = false,
     .owned = false,
     .server_clock = clock_of_cluster},
  });
  return result;
}

} // namespace actor_cache::test
