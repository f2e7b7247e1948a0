#include "actor_cache/adapters/redis_stand_in.hpp"
#include "actor_cache/json.hpp"
#include "actor_cache/redis.hpp"

#include "support/world.hpp"

#include <caf/io/middleman.hpp>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// An actor system that others can reach.
struct node {
  struct config : caf::actor_system_config {
    config() {
      load<caf::io::middleman>();
      set("caf.scheduler.max-threads", 1);
    }
  };

  config cfg;
  caf::actor_system system{cfg};
};

} // namespace

TEST_CASE("another process has the calls of Redis too", "[redis remote]") {
  node server;
  auto supervisor = must(start_supervisor(
    server.system,
    {cache_spec{.name = "users", .adapter = redis_stand_in_options{}}}));
  auto port = must(publish(server.system, "users", 0, "127.0.0.1"));
  {
    node client;
    auto xs = must(
      cache<std::string, redis>::connect(client.system, "127.0.0.1", port));
    CHECK(must(xs.hash_set("h", "a", "1", 1h)));
    CHECK(must(xs.hash_set_many({{"h", {{"b", "2"}}}})) == 1);
    CHECK(must(xs.hash_get("h", "a")) == "1");
    CHECK(must(xs.hash_get_all("h")).size() == 2);
    CHECK(must(xs.hash_get_many({{"h", {"a", "x"}}}))
          == std::vector<std::vector<std::optional<std::string>>>{
            {"1", std::nullopt}});
    CHECK(must(xs.hash_scan("h")).fields.size() == 2);
    CHECK(must(xs.sadd("s", "x")));
    CHECK(must(xs.smembers("s")) == std::vector<std::string>{"x"});
    CHECK(must(xs.json_set("doc", nlohmann::ordered_json{{"n", {1, 2}}})));
    CHECK(must(xs.json_get("doc", {"n", -1})) == 2);
    CHECK(must(xs.scan_keys("", {.type = "set"})).keys
          == std::vector<std::string>{"s"});
    auto replies
      = must(xs.pipeline({{"PING"}, {"NOSUCH"}, {"HKEYS", "users:h"}}));
    REQUIRE(replies.size() == 3);
    CHECK(replies[0] == redis_reply{"PONG"});
    CHECK(replies[1].error() != nullptr);
    REQUIRE(replies[2].items() != nullptr);
    CHECK(replies[2].items()->size() == 2);
    CHECK(code_of(xs.scard("h")) == errc::type_mismatch);
    CHECK(text_of(xs.scard("h")).find("WRONGTYPE") != std::string::npos);
  }
  must(stop_supervisor(server.system, supervisor));
}
