// What calls cost: commands, round trips, bytes, and nothing at rest.

#include "support/command_counter.hpp"
#include "support/redis_world.hpp"

#include <atomic>

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

TEST_CASE("hashes with a lifetime are set in one round trip, each as one step",
          "[redis economy]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open_redis();
  redis_client client{server.socket()};
  auto lifetime = [&](const char* key) {
    return *client({"PTTL", std::string{"redis:"} + key}).integer();
  };
  CHECK(must(xs.hash_set("h", "a", "1", 1h))); // the server gets the script
  std::vector<std::pair<std::string, std::string>> fields;
  for (auto i = 0; i < 5000; ++i)
    fields.emplace_back(std::to_string(i), "x");
  command_counter commands{server};
  CHECK_FALSE(must(xs.hash_set("h", "a", "2", 2h)));
  CHECK(commands.reads() == 1);
  CHECK(lifetime("h") > 3'600'000);
  std::vector<std::pair<std::string, decltype(fields)>> many{
    {"h", {{"b", "1"}}}, {"other", {{"a", "1"}}}};
  auto before = commands.reads();
  CHECK(must(xs.hash_set_many(many, 3h)) == 2);
  CHECK(commands.reads() == before + 1);
  CHECK(lifetime("other") > 7'200'000);
  CHECK(must(xs.hash_set_many({{"large", fields}}, 3h)) == 5000);
  CHECK(lifetime("large") > 7'200'000);
  CHECK(commands.count("evalsha") == 4);
  must(xs.hash_set("h", "a", "3", infinite));
  CHECK(lifetime("h") == -1);
  CHECK(must(xs.hash_get_all("large")).size() == 5000);
}

TEST_CASE("what is no hash keeps its lifetime", "[redis economy]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open_redis();
  redis_client client{server.socket()};
  client({"SET", "redis:text", "x", "EX", "1000"});
  std::vector<
    std::pair<std::string, std::vector<std::pair<std::string, std::string>>>>
    many{{"text", {{"a", "1"}}}, {"h", {{"a", "1"}}}};
  auto refused = xs.hash_set_many(many, 1h);
  CHECK(code_of(refused) == errc::type_mismatch);
  CHECK(*client({"TTL", "redis:text"}).integer() <= 1000);
  CHECK(*client({"TTL", "redis:h"}).integer() > 1000);
}

TEST_CASE("take asks the server once", "[redis economy]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open_redis();
  CHECK(must(xs.take("a")) == std::nullopt); // the server gets the script
  must(xs.put("a", "1", 1h));
  command_counter commands{server};
  CHECK(must(xs.take("a")) == "1");
  CHECK(must(xs.take("a")) == std::nullopt);
  CHECK(commands.reads() == 2);
  auto counted = must(xs.stats());
  CHECK(counted.hits == 1);
  CHECK(counted.misses == 2);
  CHECK(counted.erased == 1);
  redis_client client{server.socket()};
  CHECK(client({"EXISTS", "redis:a"}) == redis_reply{int64_t{0}});
}

TEST_CASE("take takes nothing but entries", "[redis economy]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open_redis();
  redis_client client{server.socket()};
  client({"SET", "redis:text", "somebody else's"});
  client({"SADD", "redis:set", "x"});
  CHECK(code_of(xs.take("text")) == errc::corrupt_value);
  CHECK(code_of(xs.take("set")) == errc::type_mismatch);
  CHECK(client({"EXISTS", "redis:text", "redis:set"}) == redis_reply{2});
  load_options stale{.ttl = 1s, .stale_while_revalidate = 1h};
  must(xs.get_or_create("old", [] { return std::string{"x"}; }, stale));
  w.clock()->advance(2s); // the server's own clock does not move
  CHECK(must(xs.take("old")) == std::nullopt);
  CHECK(must(xs.stats()).expired == 1);
  CHECK(client({"EXISTS", "redis:old"}) == redis_reply{int64_t{0}});
}

TEST_CASE("of many who take an entry one has it", "[redis economy]") {
  redis_server server;
  redis_world w{at(server)};
  auto xs = w.open<int>();
  std::atomic<int> taken{0};
  for (auto i = 0; i < 200; ++i)
    must(xs.put(std::to_string(i), i));
  on_threads(4, [&](size_t) {
    for (auto i = 0; i < 200; ++i)
      taken += must(xs.take(std::to_string(i))) ? 1 : 0;
  });
  CHECK(taken == 200);
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
