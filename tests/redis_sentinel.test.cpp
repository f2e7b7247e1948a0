#include "support/redis_client.hpp"
#include "support/redis_server.hpp"
#include "support/world.hpp"

#include "actor_cache/adapters/redis.hpp"

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// Asks again where a sentinel cuts the connection: it does so to a server
/// whose role it changes.
redis_reply ask(redis_server& server, const std::vector<std::string>& command) {
  for (;;)
    if (auto reply = redis_client{server.socket()}.attempt(command))
      return std::move(*reply);
}

std::string role_of(redis_server& server) {
  return *(*ask(server, {"ROLE"}).items())[0].string();
}

/// A primary, a follower, and three sentinels that watch them.
struct sentinel_group {
  redis_server primary;
  redis_server follower{
    {.config = {"replicaof 127.0.0.1 " + std::to_string(primary.port()),
                "repl-diskless-sync-delay 0"}}};
  std::vector<std::unique_ptr<redis_server>> sentinels;

  sentinel_group() {
    for (auto index = 0; index < 3; ++index)
      sentinels.push_back(std::make_unique<redis_server>(redis_server_options{
        .config = {"sentinel monitor main 127.0.0.1 "
                     + std::to_string(primary.port()) + " 2",
                   "sentinel down-after-milliseconds main 500",
                   "sentinel failover-timeout main 2000"},
        .sentinel = true}));
    for (auto& x : sentinels)
      wait_until([&] { return knows_all(*x); });
  }

  bool knows_all(redis_server& sentinel) {
    return ask(sentinel, {"SENTINEL", "REPLICAS", "main"}).items()->size() == 1
           && ask(sentinel, {"SENTINEL", "SENTINELS", "main"}).items()->size()
                == 2;
  }

  redis_options options() const {
    redis_options result{.topology = redis_topology::sentinel,
                         .primary_name = "main",
                         .reconnect_delay = 10ms,
                         .max_reconnect_delay = 100ms};
    for (const auto& x : sentinels)
      result.nodes.push_back(x->address());
    return result;
  }
};

} // namespace

TEST_CASE("sentinels tell which server is the primary, also after it died",
          "[redis sentinel]") {
  sentinel_group servers;
  world w;
  w.start({cache_spec{.name = "users", .adapter = servers.options()}});
  auto users = w.find<int>("users");
  must(users.put("a", 1));
  CHECK(ask(servers.primary, {"EXISTS", "users:a"}) == redis_reply{1});
  wait_until([&] {
    return ask(servers.follower, {"EXISTS", "users:a"}) == redis_reply{1};
  });
  SECTION("killed") {
    servers.primary.kill();
  }
  SECTION("at an operator's request") {
    ask(*servers.sentinels[0], {"SENTINEL", "FAILOVER", "main"});
  }
  wait_until([&] { return role_of(servers.follower) == "master"; });
  // The old primary may still take writes that are lost with its role.
  wait_until([&] {
    return users.put("b", 2)
           && ask(servers.follower, {"EXISTS", "users:b"}) == redis_reply{1};
  });
  CHECK(must(users.get("a")) == 1);
}

TEST_CASE("a sentinel that is gone does not matter", "[redis sentinel]") {
  sentinel_group servers;
  servers.sentinels[0]->kill();
  world w;
  w.start({cache_spec{.name = "users", .adapter = servers.options()}});
  must(w.find<int>("users").put("a", 1));
}

TEST_CASE("a primary that no sentinel knows is told by its name",
          "[redis sentinel]") {
  sentinel_group servers;
  auto options = servers.options();
  options.primary_name = "other";
  world w;
  w.start({cache_spec{.name = "users", .adapter = options}});
  auto result = w.find<int>("users").get("a");
  CHECK(code_of(result) == errc::unavailable);
  CHECK(text_of(result).find("\"other\"") != std::string::npos);
}
