#include "redis_of_process.hpp"

#include "redis_client.hpp"
#include "redis_server.hpp"

namespace actor_cache::test {

namespace {

redis_server& server_of_process() {
  static redis_server result{{.driven_clock = true}};
  return result;
}

} // namespace

std::atomic<int64_t>& clock_of_redis() {
  return server_of_process().clock();
}

redis_options redis_of_process() {
  auto& server = server_of_process();
  redis_client{server.socket()}({"FLUSHALL"});
  return {.host = server.socket()};
}

} // namespace actor_cache::test
