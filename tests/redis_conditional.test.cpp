// Writes on a condition: in one step on the server, and in one round trip.

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

TEST_CASE("put_new asks the server once", "[redis conditional]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open();
  command_counter commands{server};
  CHECK(must(xs.put_new("a", "1", 1h)));
  CHECK_FALSE(must(xs.put_new("a", "2")));
  CHECK(commands.count("set") == 2);
  CHECK(commands.count("get") == 0);
  CHECK(commands.count("evalsha") == 0);
  CHECK(must(xs.get("a")) == "1");
}

TEST_CASE("replace and put_if ask the server once", "[redis conditional]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "0"));
  CHECK(must(xs.replace("a", "1"))); // the server gets the script
  command_counter commands{server};
  CHECK(must(xs.replace("a", "2", 1h)));
  CHECK_FALSE(must(xs.replace("b", "1")));
  CHECK(code_of(xs.put_if("a", "3", 7)) == errc::version_conflict);
  CHECK(commands.count("evalsha") == 3);
  CHECK(commands.count("get") == 0);
  auto seen = must(xs.get_versioned("a"));
  CHECK(seen->value == "2");
  auto written = must(xs.put_if("a", "3", seen->version));
  CHECK(commands.count("evalsha") == 4);
  seen = must(xs.get_versioned("a"));
  CHECK(seen->value == "3");
  CHECK(seen->version == written);
}

TEST_CASE("an entry whose time is over counts for none, also where it is kept",
          "[redis conditional]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open();
  load_options stale{.ttl = 1s, .stale_while_revalidate = 1h};
  must(xs.get_or_create("a", [] { return std::string{"old"}; }, stale));
  auto seen = must(xs.get_versioned("a"))->version;
  w.clock()->advance(2s); // the server's own clock does not move
  redis_client client{server.socket()};
  REQUIRE(client({"EXISTS", "redis:a"}) == redis_reply{int64_t{1}});
  CHECK_FALSE(must(xs.replace("a", "new")));
  CHECK(code_of(xs.put_if("a", "new", seen)) == errc::version_conflict);
  auto expired = must(xs.stats()).expired;
  SECTION("put_new") {
    CHECK(must(xs.put_new("a", "new")));
  }
  SECTION("put_if") {
    must(xs.put_if("a", "new", 0));
  }
  CHECK(must(xs.get("a")) == "new");
  CHECK(must(xs.stats()).expired == expired + 1);
}

TEST_CASE("what is no entry is not written over on a condition",
          "[redis conditional]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open();
  redis_client client{server.socket()};
  client({"SADD", "redis:set", "x"});
  client({"SET", "redis:text", "somebody else's"});
  client({"SET", "redis:cut", std::string{"\xAC\x01\0\0", 4}});
  auto check = [&](const char* key, errc code) {
    CHECK(code_of(xs.put_new(key, "1")) == code);
    CHECK(code_of(xs.replace(key, "1")) == code);
    CHECK(code_of(xs.put_if(key, "1", 0)) == code);
    CHECK(code_of(xs.put_if(key, "1", 7)) == code);
  };
  check("set", errc::type_mismatch);
  check("text", errc::corrupt_value);
  check("cut", errc::corrupt_value);
  CHECK(client({"GET", "redis:text"}) == redis_reply{"somebody else's"});
}

TEST_CASE("one of many wins, whichever cache it is of", "[redis conditional]") {
  redis_server server;
  auto options = at(server);
  options.key_prefix = "shared";
  redis_world one{options};
  redis_world other{options};
  cache<std::string> handles[] = {one.open(), other.open()};
  std::atomic<int> created{0};
  std::atomic<int> swapped{0};
  on_threads(4, [&](size_t index) {
    auto& xs = handles[index % 2];
    for (auto i = 0; i < 200; ++i) {
      auto key = std::to_string(i);
      created += must(xs.put_new(key, "0")) ? 1 : 0;
      auto seen = must(xs.get_versioned(key));
      auto done = xs.put_if(key + "'", "1", 0);
      swapped += done ? 1 : 0;
      if (seen)
        static_cast<void>(xs.put_if(key, "1", seen->version));
    }
  });
  CHECK(created == 200);
  CHECK(swapped == 200);
}
