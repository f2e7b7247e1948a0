#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/ets.hpp"
#include "actor_cache/json.hpp"
#include "actor_cache/redis.hpp"
#include "actor_cache/testing/catch2.hpp"
#include "actor_cache/testing/mock.hpp"

#include "support/values.hpp"
#include "support/world.hpp"

#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

std::unique_ptr<world> running_app;

/// The application under test, which all tests of this file share.
world& app() {
  if (running_app == nullptr)
    running_app = std::make_unique<world>(std::vector<child_spec>{
      cache_spec{.name = "users", .sandbox = true},
      cache_spec{
        .name = "sessions", .adapter = agent_options{}, .sandbox = true},
      cache_spec{.name = "profiles",
                 .adapter = redis_options{.uri = "redis://nowhere"},
                 .sandbox = true},
      cache_spec{.name = "tags",
                 .adapter = ets_options{.type = ets_type::bag},
                 .sandbox = true},
    });
  return *running_app;
}

/// CAF's actor systems must end before `main` does.
struct end_app : Catch::EventListenerBase {
  using Catch::EventListenerBase::EventListenerBase;

  void testRunEnded(const Catch::TestRunStats&) override {
    running_app = nullptr;
  }
};

CATCH_REGISTER_LISTENER(end_app)

struct app_case : testing::sandbox_case {
  app_case() : sandbox_case{app().system(), {"users", "sessions"}} {
    // nop
  }

  cache<int> users = app().find<int>("users");
  cache<int> sessions = app().find<int>("sessions");
};

using redis_case = testing::with_caches<app_case, "profiles">;

using tag_case = testing::with_caches<app_case, "tags">;

} // namespace

TEST_CASE_METHOD(app_case, "a fixture gives a test its caches, empty",
                 "[sandbox][kit]") {
  CHECK(must(users.size()) == 0);
  CHECK(must(sessions.size()) == 0);
  CHECK(box.caches() == std::vector{"sessions"s, "users"s});
  must(users.put("key", 1));
  SECTION("each section begins anew") {
    CHECK(must(users.size()) == 1);
    must(users.put("another", 1));
  }
  SECTION("the other does too") {
    CHECK(must(users.size()) == 1);
  }
}

TEST_CASE_METHOD(app_case, "a fixture has an actor that belongs to the test",
                 "[sandbox][kit]") {
  must(sessions.put("key", 9));
  auto front = std::async(std::launch::async, [&] {
                 return must(sessions.actor());
               }).get();
  detail::request(self.ptr(), front, 10s, msg::get{"key"})
    .receive(
      [](std::optional<term>& x) {
        REQUIRE(x.has_value());
        CHECK(must(x->as<int>()) == 9);
      },
      [](caf::error& err) { FAIL(message_of(err)); });
}

TEST_CASE_METHOD(tag_case, "a file adds caches to the fixture's",
                 "[sandbox][kit]") {
  CHECK(box.caches().size() == 3);
  auto tags = must(cache<int, ets>::find(app().system(), "tags"));
  must(tags.put("key", 1));
  must(tags.put("key", 2));
  must(tags.put("key", 2)); // a bag holds no equals
  auto found = must(tags.lookup("key"));
  REQUIRE(found.size() == 2);
  CHECK(must(tags.first()) == "key");
  CHECK(must(tags.info()).table->type == ets_type::bag);
  auto taken = must(
    tags.match_delete([](const std::string&, const int& x) { return x == 1; }));
  CHECK(taken == 1);
  CHECK(box.keys(access::hit, "tags") == std::vector{"key"s});
}

TEST_CASE("all caches of a supervisor, in one line", "[sandbox][kit]") {
  testing::sandboxed box{app().system(), app().supervisor()};
  CHECK(box.caches()
        == std::vector{"profiles"s, "sessions"s, "tags"s, "users"s});
}

TEST_CASE("what cannot be started is an exception that says why",
          "[sandbox][kit]") {
  auto& system = app().system();
  CHECK_THROWS_AS((testing::sandboxed{system, {"missing"s}}),
                  std::runtime_error);
}

TEST_CASE_METHOD(app_case, "entries end when the test moves the clock",
                 "[sandbox][kit]") {
  must(users.put("short", 1, 30s));
  must(sessions.put("short", 1, 30s));
  must(users.put("long", 2, 31s));
  box.advance(29s);
  CHECK(must(users.get("short")) == 1);
  CHECK(must(users.ttl_of("short")) == ttl{1s});
  box.advance(1s);
  CHECK(must(users.get("short")) == std::nullopt);
  CHECK(must(sessions.get("short")) == std::nullopt);
  CHECK(must(users.get("long")) == 2);
  CHECK(must(users.size()) == 1); // swept already
  CHECK(box.elapsed() == 30s);
  box.advance(-1h);
  CHECK(box.elapsed() == 30s);
  auto there = std::async(std::launch::async, [] {
    testing::sandboxed other{app().system(), {"users"s}};
    return other.elapsed();
  });
  CHECK(there.get() == 0s);
}

TEST_CASE_METHOD(app_case, "a snapshot is what another sandbox begins with",
                 "[sandbox][kit]") {
  must(users.put("key", 1));
  must(users.put("short", 2, 10s));
  must(sessions.put("key", 3));
  box.advance(4s);
  auto before = must(box.snapshot());
  must(users.put("key", 4));
  auto registry = must(sandbox_registry::of(app().system()));
  {
    auto fork = must(registry.start_here({"users", "sessions"}, {before}));
    CHECK(must(users.get("key")) == 1);
    CHECK(must(users.ttl_of("short")) == ttl{6s});
    CHECK(must(sessions.get("key")) == 3);
    CHECK(must(users.stats()).puts == 0);
    fork.advance(6s);
    CHECK(must(users.get("short")) == std::nullopt);
    must(users.erase("key"));
  }
  CHECK(must(users.get("key")) == 4);
  CHECK(must(users.get("short")) == 2);
}

TEST_CASE_METHOD(redis_case, "a snapshot has what is no entry, too",
                 "[sandbox][kit]") {
  auto profiles = must(cache<int, redis>::find(app().system(), "profiles"));
  must(profiles.put("plain", 1, 10s));
  auto version = must(profiles.get_versioned("plain"))->version;
  must(profiles.hash_set("ann", "age", 42, 20s));
  must(profiles.sadd("primes", 2));
  must(profiles.json_set("doc", std::map<std::string, std::vector<int>>{
                                  {"a", {1, 2}}}));
  box.advance(4s);
  auto before = must(box.snapshot());
  must(profiles.clear());
  auto registry = must(sandbox_registry::of(app().system()));
  auto fork = must(registry.start_here({"profiles"}, {before}));
  CHECK(must(profiles.get_versioned("plain"))->version == version);
  CHECK(must(profiles.ttl_of("plain")) == ttl{6s});
  CHECK(must(profiles.hash_get("ann", "age")) == 42);
  CHECK(must(profiles.smembers("primes")) == std::vector{2});
  CHECK(must(profiles.json_get<int>("doc", ".a[1]")) == 2);
  fork.advance(16s);
  CHECK(must(profiles.hash_get("ann", "age")) == std::nullopt);
  CHECK(must(profiles.scard("primes")) == 1u);
  // Neither begins where the other one goes on.
  must(profiles.sadd("primes", 3));
  auto again = must(registry.start_here({"profiles"}, {before}));
  CHECK(must(profiles.scard("primes")) == 1u);
}

TEST_CASE_METHOD(redis_case, "whatever is left over in a Redis cache is told",
                 "[sandbox][kit]") {
  auto profiles = must(cache<int, redis>::find(app().system(), "profiles"));
  CHECK(box.require_empty());
  must(profiles.hash_set("ann", "age", 42));
  auto left = box.require_empty();
  CHECK(code_of(left) == errc::key_exists);
  CHECK(message_of(left.error()).find("profiles:ann") != std::string::npos);
}

TEST_CASE_METHOD(app_case, "the log has an end, and counts what is beyond it",
                 "[sandbox][kit]") {
  auto registry = must(sandbox_registry::of(app().system()));
  auto small = must(registry.start_here({"users"}, {.log_limit = 2}));
  for (auto key : {"a", "b", "c", "d"})
    must(users.get(key));
  CHECK(small.keys(access::miss, "users") == std::vector{"a"s, "b"s});
  CHECK(small.unlogged() == 2);
  small.clear_log();
  must(users.get("e"));
  CHECK(small.keys(access::miss, "users") == std::vector{"e"s});
  CHECK(small.unlogged() == 0);
}

TEST_CASE_METHOD(app_case, "the log has the keys that calls touched",
                 "[sandbox][kit]") {
  must(users.get("key"));
  must(users.put("key", 1));
  must(users.get("key"));
  must(sessions.put_many({{"a", 1}, {"b", 2}}));
  must(sessions.get_many({"a", "c"}));
  must(users.get_or_create("made", [] { return 1; }));
  must(users.erase("key"));
  std::vector<std::string> lines;
  for (const auto& x : box.log())
    lines.push_back(to_string(x));
  CHECK(lines
        == std::vector<std::string>{"users miss key", "users put key",
                                    "users hit key", "sessions put a",
                                    "sessions put b", "sessions hit a",
                                    "sessions miss c", "users miss made",
                                    "users put made", "users erase key"});
  CHECK(box.keys(access::miss, "users") == std::vector{"key"s, "made"s});
  box.clear_log();
  CHECK(box.log().empty());
}

TEST_CASE_METHOD(app_case, "the log has conditional writes that took place",
                 "[sandbox][kit]") {
  must(users.put_new("key", 1));
  must(users.put_new("key", 2));
  must(users.replace("missing", 1));
  must(users.replace("key", 2));
  auto seen = must(users.get_versioned("key"));
  must(users.put_if("key", 3, seen->version));
  CHECK(code_of(users.put_if("key", 4, seen->version))
        == errc::version_conflict);
  must(users.increment("count"));
  must(users.take("count"));
  must(users.take("count"));
  CHECK(box.keys(access::put, "users")
        == std::vector{"key"s, "key"s, "key"s, "count"s});
  CHECK(box.keys(access::erase, "users") == std::vector{"count"s});
  CHECK(box.keys(access::hit, "users") == std::vector{"key"s, "count"s});
  CHECK(box.keys(access::miss, "users") == std::vector{"count"s});
}

TEST_CASE_METHOD(app_case, "only calls use up the failures of a test",
                 "[sandbox][kit]") {
  box.fail_next(errc::unavailable, "sessions");
  auto before = must(sessions.actor());
  crash_actor(sessions);
  CHECK(must(sessions.actor()) != before);
  CHECK(code_of(sessions.get("key")) == errc::unavailable);
  CHECK(must(sessions.get("key")) == std::nullopt);
}

TEST_CASE_METHOD(app_case, "calls fail as often as a test wants",
                 "[sandbox][kit]") {
  must(users.put("key", 1));
  box.fail_next(errc::unavailable);
  CHECK(code_of(users.get("key")) == errc::unavailable);
  CHECK(must(users.get("key")) == 1);
  box.fail_next(errc::corrupt_value, "sessions", 2);
  CHECK(must(users.get("key")) == 1);
  CHECK(code_of(sessions.put("key", 1)) == errc::corrupt_value);
  CHECK(code_of(sessions.get_or_create("key", [] { return 1; }))
        == errc::corrupt_value);
  CHECK(must(sessions.get("key")) == std::nullopt);
  box.fail_next(errc::unavailable, {}, 0);
  CHECK(must(users.get("key")) == 1);
}

TEST_CASE_METHOD(app_case, "calls take time on the clock of the sandbox",
                 "[sandbox][kit]") {
  must(users.put("key", 1, 100ms));
  box.latency(40ms);
  CHECK(must(users.get("key")) == 1);
  CHECK(must(users.get("key")) == 1);
  CHECK(must(users.get("key")) == std::nullopt);
  CHECK(box.elapsed() == 120ms);
  box.latency(5s);
  CHECK(code_of(users.get("key")) == errc::timeout);
  box.latency(0s);
  CHECK(must(users.get("key")) == std::nullopt);
}

TEST_CASE_METHOD(app_case, "entries left over are found", "[sandbox][kit]") {
  must(box.require_empty());
  must(users.put("key", 1));
  must(users.put("gone", 1, 1s));
  box.advance(1s);
  auto left = box.require_empty();
  CHECK(code_of(left) == errc::key_exists);
  CHECK(text_of(left) == "cache 'users' has 1 entries left: key");
  must(users.erase("key"));
  must(box.require_empty());
}

TEST_CASE_METHOD(app_case, "a crash in one test is none in the others",
                 "[sandbox][kit]") {
  must(sessions.put("key", 1));
  auto mine = must(sessions.actor());
  auto other = std::async(std::launch::async, [] {
    testing::sandboxed there{app().system(), {"sessions"s}};
    auto xs = app().find<int>("sessions");
    auto before = must(xs.actor());
    crash_actor(xs);
    return must(xs.actor()) != before;
  });
  CHECK(other.get());
  CHECK(must(sessions.actor()) == mine);
  CHECK(must(sessions.get("key")) == 1);
}

TEST_CASE("a mock answers what it was told, and nothing else",
          "[sandbox][mock]") {
  testing::mock store;
  store.expect_get("user:1").returns(user{"Ada", 36});
  store.expect_get("user:2").fails(errc::unavailable);
  store.expect_get("user:3");
  store.expect_put("user:3").times(1);
  store.expect_erase("user:1").times(1);
  world w{{cache_spec{.name = "users", .adapter = store.options()}}};
  auto users = w.find<user>("users");
  CHECK(must(users.get("user:1")) == user{"Ada", 36});
  CHECK(code_of(users.get("user:2")) == errc::unavailable);
  CHECK(must(users.get_or_create("user:3", [] { return user{"Alan", 41}; }))
        == user{"Alan", 41});
  CHECK(text_of(store.verify()) == "expected 1, came 0 times: erase 'user:1'");
  must(users.erase("user:1"));
  must(store.verify());
  CHECK(code_of(users.put("user:3", {"Alan", 41})) == errc::invalid_argument);
  CHECK(text_of(store.verify()) == "nobody expected: put 'user:3'");
}
