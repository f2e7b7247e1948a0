// get_or_create while the server is out of reach.

#include "support/redis_client.hpp"
#include "support/redis_world.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <future>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

constexpr load_options bridging{.on_outage = outage_policy::load};

redis_options at(const redis_server& server) {
  return {.host = server.host(), .port = server.port()};
}

redis_options nowhere() {
  return brisk({.host = "127.0.0.1", .port = free_port()});
}

} // namespace

TEST_CASE("nothing is loaded while the server is down", "[redis load]") {
  redis_world w{nowhere(), {}, any_road()};
  auto xs = w.open<int>();
  auto loads = 0;
  auto load = [&] { return ++loads; };
  CHECK(code_of(xs.get_or_create("a", load)) == errc::unavailable);
  CHECK(loads == 0);
}

TEST_CASE("a cache may be told to load while the server is down",
          "[redis load]") {
  redis_world w{nowhere(), {}, any_road()};
  auto xs = w.open<int>();
  auto loads = 0;
  auto load = [&] { return ++loads; };
  CHECK(must(xs.get_or_create("a", load, bridging)) == 1);
  CHECK(must(xs.get_or_create("a", load, bridging)) == 2); // nothing is stored
  CHECK(code_of(xs.get_or_create("a", load)) == errc::unavailable);
}

TEST_CASE("the cache's own options may say so", "[redis load]") {
  redis_world w{nowhere(), bridging};
  CHECK(must(w.open<int>().get_or_create("a", [] { return 1; })) == 1);
}

TEST_CASE("the error of a load is returned as ever", "[redis load]") {
  redis_world w{nowhere(), {}, any_road()};
  auto load = [] {
    return caf::expected<int>{make_error(errc::key_not_found, "not there")};
  };
  CHECK(code_of(w.open<int>().get_or_create("a", load, bridging))
        == errc::key_not_found);
}

TEST_CASE("a value is returned although the server went during the load",
          "[redis load]") {
  redis_server server;
  auto by = any_road();
  redis_world w{brisk(at(server)), {}, by};
  auto xs = w.open<int>();
  auto load = [&] {
    server.kill();
    return 1;
  };
  CHECK(must(xs.get_or_create("a", load, bridging)) == 1);
  server.restart();
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
  CHECK_FALSE(must(xs.get("a")));
  must(xs.get_or_create("a", [] { return 2; }, bridging));
  CHECK(must(xs.get("a")) == 2);
}

TEST_CASE("a server that hangs costs loaders one timeout", "[redis load]") {
  redis_server server;
  redis_world w{impatient(at(server)), {}, any_road()};
  auto xs = w.open<int>();
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
  server.pause();
  auto loads = 0;
  auto begin = std::chrono::steady_clock::now();
  for (auto i = 0; i < 100; ++i)
    must(xs.get_or_create("a", [&] { return ++loads; }, bridging));
  CHECK(loads == 100);
  CHECK(std::chrono::steady_clock::now() - begin
        < 10 * impatient().command_timeout);
}

TEST_CASE("a value is returned although the server has no room for it",
          "[redis load]") {
  redis_server server;
  redis_client client{server.socket()};
  redis_world w{brisk(at(server)), {}, any_road()};
  auto xs = w.open<int>();
  must(xs.put("b", 1));
  client({"CONFIG", "SET", "maxmemory", "1"});
  auto load = [] { return 1; };
  CHECK(code_of(xs.get_or_create("a", load)) == errc::unavailable);
  CHECK(must(xs.get_or_create("a", load, bridging)) == 1);
}

TEST_CASE("an error that is no outage is returned", "[redis load]") {
  redis_server server;
  redis_client client{server.socket()};
  redis_world w{brisk(at(server)), {}, any_road()};
  client({"LPUSH", "redis:a", "1"});
  auto load = [] { return 1; };
  CHECK(code_of(w.open<int>().get_or_create("a", load, bridging))
        == errc::type_mismatch);
}

TEST_CASE("an actor loads while the server is down", "[redis load]") {
  redis_world w{nowhere(), bridging};
  auto xs = w.open<int>();
  std::promise<int> got;
  w.system().spawn([&](caf::event_based_actor* self) {
    xs.async(self)
      .get_or_create("a", [] { return 7; })
      .then([&](int x) { got.set_value(x); },
            [&](caf::error&) { got.set_value(-1); });
  });
  CHECK(got.get_future().get() == 7);
}
