// What calls cost: commands, round trips, bytes, and nothing at rest.

#include "support/command_counter.hpp"
#include "support/redis_world.hpp"

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

redis_options at(const redis_server& server) {
  return {.host = server.host(), .port = server.port()};
}

} // namespace

TEST_CASE("calls for many keys are one command, or one round trip",
          "[redis economy]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open_redis();
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, std::string>> entries;
  std::vector<std::pair<std::string, std::vector<std::string>>> wanted;
  for (auto i = 0; i < 50; ++i) {
    keys.push_back(std::to_string(i));
    entries.emplace_back(keys.back(), "x");
    wanted.push_back({"h" + keys.back(), {"a", "b"}});
  }
  must(xs.get("a")); // the connection is there
  command_counter commands{server};
  must(xs.get_many(keys));
  CHECK(commands.count("mget") == 1);
  CHECK(commands.count("get") == 0);
  CHECK(commands.reads() == 1);
  must(xs.put_many(entries));
  CHECK(commands.reads() == 2);
  CHECK(must(xs.erase_many(keys)) == 50);
  CHECK(commands.count("unlink") == 1);
  CHECK(commands.reads() == 3);
  must(xs.hash_get_many(wanted));
  CHECK(commands.count("hmget") == 50);
  CHECK(commands.reads() == 4);
}

TEST_CASE("a script is loaded once", "[redis economy]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open<int>();
  command_counter commands{server};
  for (auto i = 0; i < 10; ++i)
    must(xs.increment("n"));
  CHECK(commands.count("eval") == 1);
  CHECK(commands.count("evalsha") == 10);
}

TEST_CASE("what shrinks is stored compressed", "[redis economy]") {
  redis_server server;
  redis_client client{server.socket()};
  world w;
  w.start({w.timed(
    {.name = "redis", .adapter = at(server), .compression = {.level = 1}})});
  auto xs = must(cache<std::string, redis>::find(w.system(), "redis"));
  std::string text(100'000, 'x');
  must(xs.put("a", text));
  must(xs.hash_set("h", "f", text));
  CHECK(*client({"STRLEN", "redis:a"}).integer() < 10'000);
  CHECK(*client({"HSTRLEN", "redis:h", "f"}).integer() < 10'000);
  CHECK(must(xs.get("a")) == text);
  CHECK(must(xs.hash_get("h", "f")) == text);
}
