#include "redis_of_process.hpp"

#include "redis_client.hpp"
#include "redis_server.hpp"

namespace actor_cache::test {

redis_options redis_of_process() {
  static redis_server server{{.frozen_clock = true}};
  redis_client{server.socket()}({"FLUSHALL"});
  return {.host = server.socket()};
}

} // namespace actor_cache::test
