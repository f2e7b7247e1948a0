// Every call ends by its deadline, however many steps it takes.

#include "support/fake_server.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"
#include "support/redis_world.hpp"

#include "actor_cache/detail/fiber_pool.hpp"

#include "../adapters/redis/exclusive_pool.hpp"
#include "../adapters/redis/key_queue.hpp"
#include "../adapters/redis/servers.hpp"

#include <caf/event_based_actor.hpp>

#include <catch2/matchers/catch_matchers_string.hpp>

#include <fmt/format.h>

#include <poll.h>

#include <atomic>
#include <functional>
#include <future>

using namespace actor_cache;
using namespace actor_cache::redis_wire;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

using handle = cache<int, actor_cache::redis>;

redis_options at(const fake_server& server) {
  return {.host = "127.0.0.1",
          .port = server.port(),
          .json = redis_json::emulated};
}

/// Runs `f` as a job that should end within `span`, and waits for its end.
template <class F>
void run_job(timespan span, F f) {
  auto pool = std::make_shared<detail::fiber_pool>();
  auto over = std::make_shared<std::atomic<bool>>(false);
  pool->run(
    [&f, over] {
      f();
      *over = true;
    },
    redis_wire::real_clock::now() + span);
  wait_until([&] { return over->load(); });
}

/// A server that answers each command as one that is slow and always late: a
/// key is never there, and no script is known or finds what it looks for.
void answer_slowly(fake_peer& peer, const std::function<timespan()>& pause) {
  if (!peer.greet())
    return;
  while (auto command = peer.command()) {
    auto until = redis_wire::real_clock::now() + pause();
    wait_until([&] { return redis_wire::real_clock::now() >= until; });
    const auto& name = command->front();
    peer.send(name == "GET" || name == "HGET" ? "$-1\r\n"
              : name == "EVALSHA" ? "-NOSCRIPT No matching script\r\n"
              : name == "EVAL"    ? ":0\r\n"
              : name == "MULTI"   ? "+OK\r\n"
                                  : ":1\r\n");
  }
}

} // namespace

TEST_CASE("a write that others always forestall ends with its deadline",
          "[redis deadlines]") {
  fake_server server{
    [](fake_peer& peer) { answer_slowly(peer, [] { return 0s; }); }};
  redis_world w{impatient(at(server)), {}, any_road()};
  auto xs = w.open<int, actor_cache::redis>();
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
  auto check = [](const auto& x) {
    CHECK(code_of(x) == errc::timeout);
    CHECK_THAT(text_of(x), ContainsSubstring("\"redis:a\"")
                             && ContainsSubstring(" attempts"));
  };
  check(xs.increment("a", 1));
  check(xs.command({"JSON.SET", "redis:a", ".", "1"}));
}

TEST_CASE("an update that others always forestall ends, and says so",
          "[redis deadlines]") {
  redis_server server;
  redis_options options{.host = server.host(), .port = server.port()};
  redis_world w{options, {}, any_road()};
  auto xs = w.open<int>().within(500ms);
  must(xs.put("a", 1));
  redis_client stranger{server.socket()};
  auto entry = *stranger({"GET", "redis:a"}).string();
  auto calls = 0;
  auto forestalled = [&](std::optional<int>) {
    constexpr size_t end_of_version = 15;
    entry[end_of_version] = static_cast<char>(++calls);
    stranger({"SET", "redis:a", entry});
    return -1;
  };
  auto check = [&](const caf::error& err) {
    CHECK(err == errc::timeout);
    CHECK_THAT(message_of(err),
               ContainsSubstring(fmt::format(
                 "cache 'redis': update of key 'a': others wrote to it during "
                 "each of {} attempts in 500ms",
                 calls)));
    CHECK(calls > 1);
    CHECK(must(xs.get("a")) == 1);
  };
  SECTION("on the caller's thread") {
    auto late = xs.update("a", forestalled);
    REQUIRE_FALSE(late);
    check(late.error());
  }
  SECTION("in an actor") {
    std::promise<caf::error> result;
    w.system().spawn([&](caf::event_based_actor* self) {
      xs.async(self)
        .update("a", forestalled)
        .then([&](int) { result.set_value({}); },
              [&](caf::error& err) { result.set_value(err); });
    });
    check(result.get_future().get());
  }
}

TEST_CASE("calls of several steps have one deadline for all of them",
          "[redis deadlines]") {
  // Long enough for each step, and too short for two.
  static constexpr timespan timeout = 600ms;
  static constexpr timespan pause = timeout * 4 / 5;
  std::atomic<bool> slow{false};
  fake_server server{[&](fake_peer& peer) {
    answer_slowly(peer, [&] { return slow ? pause : timespan{0}; });
  }};
  auto options = at(server);
  options.command_timeout = timeout;
  redis_world w{options, {}, any_road()};
  auto xs = w.open<int, actor_cache::redis>();
  wait_until([&] { return static_cast<bool>(xs.contains("b")); });
  slow = true;
  struct row {
    std::string name;
    std::function<errc(handle&)> call;
  };
  auto [name, call] = GENERATE(values<row>({
    {"increment", [](auto& x) { return code_of(x.increment("a", 1)); }},
    {"put_new", [](auto& x) { return code_of(x.put_new("a", 1, 1h)); }},
    {"replace", [](auto& x) { return code_of(x.replace("a", 1)); }},
    {"JSON.SET",
     [](auto& x) { return code_of(x.command({"JSON.SET", "a", ".", "1"})); }},
    {"transaction",
     [](auto& x) { return code_of(x.transaction({{"INCR", "a"}})); }},
    {"pipeline",
     [](auto& x) {
       return code_of(x.pipeline({{"JSON.GET", "a"}, {"INCR", "b"}}));
     }},
  }));
  CAPTURE(name);
  CHECK(call(xs) == errc::timeout);
}

TEST_CASE("whoever waits for a turn at a key leaves at its deadline",
          "[redis deadlines]") {
  key_queue queue;
  key_queue::turn first{queue, "a", real_time::max()};
  CHECK(first.why_not().empty());
  SECTION("a thread") {
    key_queue::turn second{queue, "a", redis_wire::real_clock::now() + 10ms};
    CHECK(second.why_not() == errc::timeout);
  }
  SECTION("a job") {
    caf::error why_not;
    run_job(10ms, [&] {
      key_queue::turn second{queue, "a",
                             detail::fiber_pool::current()->deadline()};
      why_not = second.why_not();
    });
    CHECK(why_not == errc::timeout);
  }
  key_queue::turn other{queue, "b", real_time::max()};
  CHECK(other.why_not().empty());
}

TEST_CASE("a job that waits for the shape of a cluster ends with its deadline",
          "[redis deadlines]") {
  fake_server server{[](fake_peer& peer) {
    peer.greet();
    peer.ignore_all();
  }};
  auto clock = std::make_shared<manual_clock>();
  auto where = must(
    servers::make({.topology = redis_topology::cluster,
                   .nodes = {"127.0.0.1:" + std::to_string(server.port())},
                   .command_timeout = 60s},
                  clock));
  where->start();
  caf::expected<redis_reply> reply{caf::error{}};
  run_job(10ms, [&] {
    reply = where->call("a", {"GET", "a"}, repeat::harmless, real_time::max());
  });
  CHECK(code_of(reply) == errc::timeout);
  where->stop();
}

TEST_CASE("an exclusive connection is not looked for beyond the deadline",
          "[redis deadlines]") {
  fd_signal never;
  connection_settings settings{
    [&](const interruption& by) -> caf::expected<redis_wire::address> {
      static_cast<void>(wait_for(never.fd(), POLLIN, real_time::max(), &by));
      return make_error(errc::unavailable, "nobody knows");
    },
    {{}, nullptr, std::make_shared<manual_clock>(), 60s},
    60s,
    1ms,
    20ms};
  connection sentry{settings};
  sentry.start();
  exclusive_pool pool{{}, settings, sentry};
  CHECK_FALSE(pool.call({"PING"}, redis_wire::real_clock::now() + 10ms));
}
