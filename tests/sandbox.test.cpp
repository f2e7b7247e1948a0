#include "support/sandbox_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// Who sees which entries, what is in a sandbox, and how long.

TEST_CASE("two tests at the same time do not see each other's entries",
          "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto here = must(w.registry.start_here({"users"}));
  must(users.put("key", 1));
  std::promise<void> written;
  std::promise<void> looked;
  auto there = std::async(std::launch::async, [&] {
    auto box = w.registry.start_here({"users"});
    auto seen = users.get("key");
    static_cast<void>(users.put("key", 2));
    written.set_value();
    looked.get_future().wait();
    return seen;
  });
  written.get_future().wait();
  CHECK(must(users.get("key")) == 1);
  looked.set_value();
  CHECK(must(there.get()) == std::nullopt);
  CHECK(must(users.size()) == 1);
}

TEST_CASE("a sandbox ends with its scope and leaves nothing behind",
          "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  std::optional<sandbox> box;
  {
    auto scope = must(w.registry.start_here({"users", "sessions"}));
    box = scope;
    must(users.put("key", 1));
    CHECK(w.registry.size() == 1);
    CHECK(box->running());
  }
  CHECK(w.registry.size() == 0);
  CHECK_FALSE(box->running());
  CHECK(code_of(users.get("key")) == errc::no_sandbox);
  // The handle does no harm.
  box->stop();
  box->advance(1s);
  CHECK(box->caches().empty());
  CHECK(code_of(box->add("users")) == errc::no_sandbox);
  auto bound = box->bind();
  CHECK(code_of(users.get("key")) == errc::no_sandbox);
}

TEST_CASE("a stranger gets an error that says what to write", "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto by_mail = w.find<int>("sessions");
  for (auto& xs : {users, by_mail}) {
    CHECK(code_of(xs.get("key")) == errc::no_sandbox);
    CHECK(code_of(xs.put("key", 1)) == errc::no_sandbox);
    CHECK(code_of(xs.erase("key")) == errc::no_sandbox);
    CHECK(code_of(xs.size()) == errc::no_sandbox);
    CHECK(code_of(xs.clear()) == errc::no_sandbox);
    CHECK(code_of(xs.scan()) == errc::no_sandbox);
    CHECK(code_of(xs.stats()) == errc::no_sandbox);
    CHECK(code_of(xs.get_many({"key"})) == errc::no_sandbox);
    CHECK(code_of(xs.get_or_create("key", [] { return 1; }))
          == errc::no_sandbox);
    CHECK(code_of(xs.update("key", [](auto) { return 1; }))
          == errc::no_sandbox);
  }
  auto raw = must(cache<int, ets>::find(w.system(), "users"));
  CHECK(code_of(raw.lookup("key")) == errc::no_sandbox);
  CHECK(code_of(raw.first()) == errc::no_sandbox);
  says(users.get("key").error(), "cache 'users' is sandboxed");
  says(users.get("key").error(), "testing::sandboxed box{system, {...}}");
  says(users.get("key").error(), "box.bind()");
}

TEST_CASE("without a registry the error says how to start it", "[sandbox]") {
  world w{{sandboxed("users")}};
  says(sandbox_registry::of(w.system()).error(),
       "sandbox_registry::start(system)");
  says(w.find<int>("users").get("key").error(),
       "sandbox_registry::start(system)");
  auto registry = must(sandbox_registry::start(w.system()));
  CHECK(must(sandbox_registry::start(w.system())).actor() == registry.actor());
}

TEST_CASE("what cannot be started is refused by name", "[sandbox]") {
  sandbox_world w;
  auto start = [&](std::vector<std::string> caches) {
    auto box = w.registry.start_here(caches);
    REQUIRE_FALSE(box);
    return box.error();
  };
  CHECK(start({"missing"}) == errc::unknown_cache);
  says(start({"missing"}), "the running caches are: sessions, users");
  CHECK(start({"users", "users"}) == errc::name_taken);
  says(start({"users", "users"}), "'users' already");
  CHECK(w.registry.size() == 0);
  SECTION("a cache that is not sandboxed") {
    auto plain = must(start_supervisor(w.system(), {cache_spec{"plain"}}));
    CHECK(start({"plain"}) == errc::invalid_argument);
    says(start({"plain"}), ".sandbox = true");
    must(stop_supervisor(w.system(), plain));
  }
  SECTION("an owner that has ended") {
    auto owner = w.system().spawn([](caf::event_based_actor*) {});
    caf::scoped_actor self{w.system()};
    self->wait_for(owner);
    auto box = w.registry.start(owner, {"users"});
    CHECK(code_of(box) == errc::invalid_argument);
    says(box.error(), "has ended already");
  }
  SECTION("an owner that has a sandbox") {
    caf::scoped_actor self{w.system()};
    auto box = must(w.registry.start(self, {"users"}));
    auto again = w.registry.start(self, {"sessions"});
    CHECK(code_of(again) == errc::name_taken);
    says(again.error(), "box.add(");
    CHECK(w.registry.size() == 1);
    CHECK(must(w.registry.find(self)).caches() == std::vector{"users"s});
  }
  SECTION("no owner") {
    auto box = w.registry.start(caf::actor{}, {"users"});
    CHECK(code_of(box) == errc::invalid_argument);
  }
}

TEST_CASE("caches come into a sandbox and go", "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto sessions = w.find<int>("sessions");
  auto box = must(w.registry.start_here({"users"}));
  says(sessions.get("key").error(), "box.add(\"sessions\")");
  must(box.add("sessions"));
  CHECK(box.caches() == std::vector{"sessions"s, "users"s});
  must(sessions.put("key", 1));
  CHECK(code_of(box.add("sessions")) == errc::name_taken);
  must(box.remove("sessions"));
  CHECK(code_of(sessions.get("key")) == errc::no_sandbox);
  CHECK(code_of(box.remove("sessions")) == errc::no_sandbox);
  must(box.add("sessions"));
  CHECK(must(sessions.get("key")) == std::nullopt);
}

TEST_CASE("loads in the background are the caller's", "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto sessions = w.find<int>("sessions");
  auto box = must(w.registry.start_here({"users", "sessions"}));
  must(sessions.put("source", 5));
  load_options options{.ttl = 10s, .refresh_ahead = 5s};
  auto load = [sessions]() -> caf::expected<int> {
    auto found = sessions.get("source");
    if (!found)
      return std::move(found.error());
    return found->value_or(-1);
  };
  CHECK(must(users.get_or_create("key", load, options)) == 5);
  must(sessions.put("source", 6));
  box.advance(6s);
  CHECK(must(users.get_or_create("key", load, options)) == 5);
  wait_until([&] { return must(users.stats()).loads == 2; });
  wait_until([&] { return must(users.get("key")) == 6; });
}

TEST_CASE("loads of one key in two sandboxes are two loads", "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  auto here = must(w.registry.start_here({"users"}));
  auto outer = users.get_or_create("key", [&] {
    auto inner = elsewhere([&] {
      auto there = w.registry.start_here({"users"});
      return users.get_or_create("key", [] { return 2; });
    });
    return inner ? *inner * 10 : 0;
  });
  CHECK(must(outer) == 20);
  CHECK(must(users.stats()).loads == 1);
}

TEST_CASE(
  "a shared sandbox answers strangers, but not those who have their own",
  "[sandbox]") {
  sandbox_world w;
  auto users = w.find<int>("users");
  {
    auto box = must(w.registry.start_here({"users"}));
    must(w.registry.share(box));
    must(users.put("key", 1));
    CHECK(must(elsewhere([&] { return users.get("key"); })) == 1);
    auto own = elsewhere([&] {
      auto mine = must(w.registry.start_here({"users"}));
      return std::pair{users.get("key"), w.registry.share(mine)};
    });
    CHECK(must(own.first) == std::nullopt);
    CHECK(code_of(own.second) == errc::name_taken);
  }
  CHECK(code_of(users.get("key")) == errc::no_sandbox);
}

TEST_CASE("the caches of a supervisor are found", "[sandbox]") {
  sandbox_world w;
  CHECK(must(w.registry.from_supervisor(w.supervisor()))
        == std::vector{"sessions"s, "users"s});
  auto plain = must(start_supervisor(w.system(), {cache_spec{"plain"}}));
  auto none = w.registry.from_supervisor(plain);
  CHECK(code_of(none) == errc::invalid_argument);
  says(none.error(), ".sandbox = true");
  must(stop_supervisor(w.system(), plain));
  CHECK(code_of(w.registry.from_supervisor(plain))
        == errc::supervisor_not_running);
  CHECK(code_of(w.registry.from_supervisor(supervisor_actor{}))
        == errc::invalid_argument);
}

TEST_CASE("the caches of nested supervisors are found", "[sandbox]") {
  world w;
  w.start({
    sandboxed("upper"),
    {"below", supervisor_spec{{sandboxed("lower"), cache_spec{"plain"}}}},
  });
  auto registry = must(sandbox_registry::start(w.system()));
  CHECK(must(registry.from_supervisor(w.supervisor()))
        == std::vector{"lower"s, "upper"s});
}

TEST_CASE("the options of a sandboxed cache's adapter are not touched",
          "[sandbox]") {
  world w;
  w.start({
    sandboxed("config",
              []() -> caf::expected<ets_options> {
                return make_error(errc::io_error, "there is no such file");
              }),
    sandboxed("invalid", ets_options{.shards = 3}),
    sandboxed("file", ets_options{.rehydration_path = "/nowhere/at/all"}),
  });
  auto registry = must(sandbox_registry::start(w.system()));
  auto box = must(registry.start_here({"config", "invalid", "file"}));
  for (auto name : {"config", "invalid", "file"}) {
    auto xs = must(cache<int, ets>::find(w.system(), name));
    must(xs.put("key", 1));
    CHECK(must(xs.get("key")) == 1);
    CHECK(must(xs.info()).table->file.empty());
  }
}
