#include "support/world.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <mutex>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

cache_spec named(std::string name) {
  return {.name = std::move(name)};
}

/// Waits until `supervisor` has ended and returns what it ended with.
caf::error reason_of(const supervisor_actor& supervisor) {
  std::promise<caf::error> ended;
  supervisor->attach_functor(
    [&](const caf::error& what) { ended.set_value(what); });
  return ended.get_future().get();
}

/// An actor that tells its end before anybody else hears of it.
class witnessed {
public:
  witnessed(caf::event_based_actor*, std::function<void()> ended)
    : ended_(std::move(ended)) {
    // nop
  }

  ~witnessed() {
    ended_();
  }

  caf::behavior make_behavior() {
    return {
      [](int) {},
    };
  }

private:
  std::function<void()> ended_;
};

/// Makes actors that note when they start and end.
class witness {
public:
  child_spec child(const std::string& id) {
    return {id,
            [this, id](caf::actor_system& system) -> caf::expected<caf::actor> {
              note("+" + id);
              auto hdl = system.spawn<caf::stateful_actor<witnessed>>(
                [this, id] { note("-" + id); });
              std::lock_guard guard{mtx_};
              last_[id] = hdl;
              return hdl;
            }};
  }

  /// Notes when the actor of `child` ends, before anybody hears of it who asked
  /// earlier.
  void watch(const child_info& child) {
    caf::actor_cast<caf::actor>(child.actor)
      ->attach_functor(
        [this, id = child.id](const caf::error&) { note("-" + id); });
  }

  std::string events() {
    std::lock_guard guard{mtx_};
    return events_;
  }

  caf::actor last(const std::string& id) {
    std::lock_guard guard{mtx_};
    return last_[id];
  }

  void forget() {
    std::lock_guard guard{mtx_};
    last_.clear();
  }

private:
  void note(const std::string& what) {
    std::lock_guard guard{mtx_};
    events_ += what + ' ';
  }

  std::mutex mtx_;
  std::string events_;
  std::map<std::string, caf::actor> last_;
};

} // namespace

TEST_CASE("a supervisor starts children in order and stops them in reverse",
          "[supervisor]") {
  witness seen; // its actors end with the world
  world w;
  w.start({seen.child("a"), seen.child("b"), seen.child("c")});
  CHECK(seen.events() == "+a +b +c ");
  w.stop();
  CHECK(seen.events() == "+a +b +c -c -b -a ");
  seen.forget();
}

TEST_CASE("a supervisor stops caches in reverse order", "[supervisor]") {
  witness seen; // its caches end with the world
  world w{{named("a"), named("b"), named("c")}};
  for (auto id : {"a", "b", "c"})
    seen.watch(w.child(id));
  w.stop();
  CHECK(seen.events() == "-c -b -a ");
}

TEST_CASE("a child that ends is started again, alone", "[supervisor]") {
  witness seen; // its actors end with the world
  world w;
  w.start({seen.child("a"), seen.child("b")});
  caf::anon_send_exit(seen.last("a"), caf::exit_reason::kill);
  wait_until([&] { return seen.events() == "+a +b -a +a "; });
  w.stop();
  CHECK(seen.events() == "+a +b -a +a -b -a ");
  seen.forget();
}

TEST_CASE("a supervisor gives up on a child that ends too often",
          "[supervisor]") {
  world w;
  auto dies = [](caf::actor_system& system) -> caf::expected<caf::actor> {
    return system.spawn([](caf::event_based_actor* self) {
      self->quit(caf::exit_reason::remote_link_unreachable);
    });
  };
  auto tree = must(start_supervisor(w.system(),
                                    {named("users"), child_spec{"dier", dies}},
                                    {.max_restarts = 5}));
  auto reason = reason_of(tree);
  CHECK(reason == errc::child_failed);
  CHECK(message_of(reason).find("dier") != std::string::npos);
  CHECK(code_of(cache<int>::find(w.system(), "users")) == errc::unknown_cache);
  // What it gave up on is told to those who stop it.
  CHECK(code_of(stop_supervisor(w.system(), tree)) == errc::child_failed);
}

TEST_CASE("a child that cannot be started again takes its supervisor down",
          "[supervisor]") {
  world w;
  std::atomic<int> starts{0};
  std::promise<caf::actor> first;
  auto once = [&](caf::actor_system& system) -> caf::expected<caf::actor> {
    if (++starts > 1)
      return make_error(errc::unavailable, "the source is gone");
    auto hdl = system.spawn(
      [](caf::event_based_actor*) { return caf::behavior{[](int) {}}; });
    first.set_value(hdl);
    return hdl;
  };
  auto tree = must(start_supervisor(w.system(), {child_spec{"once", once}}));
  caf::anon_send_exit(first.get_future().get(), caf::exit_reason::kill);
  auto reason = reason_of(tree);
  CHECK(reason == errc::child_failed);
  CHECK(message_of(reason).find("the source is gone") != std::string::npos);
}

TEST_CASE("a child that fails to start unwinds those before it",
          "[supervisor]") {
  witness seen; // its actors end with the world
  world w;
  auto fails = [](caf::actor_system&) -> caf::expected<caf::actor> {
    return make_error(errc::unavailable, "nobody home");
  };
  auto tree = start_supervisor(w.system(),
                               {seen.child("a"), named("users"),
                                child_spec{"fails", fails}, seen.child("z")});
  CHECK(code_of(tree) == errc::unavailable);
  CHECK(text_of(tree) == "nobody home");
  wait_until([&] { return seen.events() == "+a -a "; });
  wait_until([&] { return !cache<int>::find(w.system(), "users"); });
  // The name is free again.
  w.start({named("users")});
  seen.forget();
}

TEST_CASE("bad specs are refused before anything is started", "[supervisor]") {
  world w;
  auto refused = [&](std::vector<child_spec> children, errc code,
                     std::string_view part) {
    auto tree = start_supervisor(w.system(), std::move(children));
    CHECK(code_of(tree) == code);
    CHECK(text_of(tree).find(part) != std::string::npos);
  };
  refused({named("")}, errc::invalid_argument, "cache_spec::name is empty");
  refused({named("a"), named("a")}, errc::name_taken,
          "two children are named 'a'");
  refused({cache_spec{.name = "a", .default_ttl = 0s}}, errc::invalid_argument,
          "default_ttl");
  refused({cache_spec{.name = "a", .default_ttl = -5ms}},
          errc::invalid_argument, "-5ms");
  refused({cache_spec{.name = "a", .sweep_interval = 0s}},
          errc::invalid_argument, "sweep_interval");
  refused({cache_spec{.name = "a", .call_timeout = -1s}},
          errc::invalid_argument, "call_timeout");
  refused({cache_spec{.name = "a", .loading = {.ttl_jitter = 2}}},
          errc::invalid_argument, "ttl_jitter");
  refused({cache_spec{.name = "a", .compression = {.level = 99}}},
          errc::invalid_argument, "level");
  refused({child_spec{"", actor_factory{}}}, errc::invalid_argument, "id");
  refused({child_spec{"x", actor_factory{}}}, errc::child_failed, "'x'");
  CHECK(code_of(start_supervisor(w.system(), {named("a")}, {.max_period = 0s}))
        == errc::invalid_argument);
  CHECK(code_of(cache<int>::find(w.system(), "a")) == errc::unknown_cache);
}

TEST_CASE("a name that is taken by a running cache is refused and stays",
          "[supervisor]") {
  world w{{named("users")}};
  auto users = w.find<int>("users");
  must(users.put("a", 1));
  auto second = start_supervisor(w.system(), {named("users")});
  CHECK(code_of(second) == errc::name_taken);
  CHECK(text_of(second).find("there is a cache named 'users' already")
        != std::string::npos);
  CHECK(must(users.get("a")) == 1);
}

TEST_CASE("an unknown name is answered with those that there are",
          "[supervisor]") {
  world w{{named("users"), named("sessions")}};
  auto found = cache<int>::find(w.system(), "user");
  CHECK(code_of(found) == errc::unknown_cache);
  CHECK(text_of(found).find("sessions, users") != std::string::npos);
}

TEST_CASE("options may come from a function that runs at the start",
          "[supervisor]") {
  world w;
  auto calls = 0;
  auto good = [&] {
    ++calls;
    return ets_options{.shards = 2};
  };
  w.start({cache_spec{.name = "a", .adapter = good}});
  CHECK(calls == 1);
  must(w.find<int>("a").put("x", 1));
  auto bad = [] { return ets_options{.shards = 3}; };
  CHECK(code_of(start_supervisor(w.system(),
                                 {cache_spec{.name = "b", .adapter = bad}}))
        == errc::invalid_argument);
  auto fails = []() -> caf::expected<agent_options> {
    return make_error(errc::unavailable, "no configuration");
  };
  CHECK(code_of(start_supervisor(w.system(),
                                 {cache_spec{.name = "b", .adapter = fails}}))
        == errc::unavailable);
}

TEST_CASE("stopping twice and an empty handle are errors", "[supervisor]") {
  world w;
  auto tree = must(start_supervisor(w.system(), {named("users")}));
  must(stop_supervisor(w.system(), tree));
  CHECK(code_of(stop_supervisor(w.system(), tree))
        == errc::supervisor_not_running);
  CHECK(code_of(stop_supervisor(w.system(), {})) == errc::invalid_argument);
}

TEST_CASE("a supervisor that is killed takes its caches along",
          "[supervisor]") {
  world w;
  auto tree = must(start_supervisor(w.system(), {named("users")}));
  auto users = w.find<int>("users");
  caf::anon_send_exit(tree, caf::exit_reason::kill);
  wait_until([&] { return !cache<int>::find(w.system(), "users"); });
  CHECK(code_of(users.get("a")) == errc::cache_not_running);
}

TEST_CASE("a tree that nobody stops ends with the actor system",
          "[supervisor]") {
  std::optional<cache<int>> users;
  {
    caf::actor_system_config config;
    caf::actor_system system{config};
    // Nobody keeps the supervisor's handle either.
    must(start_supervisor(system, {named("users"),
                                   cache_spec{.name = "agent",
                                              .adapter = agent_options{}}}));
    users = must(cache<int>::find(system, "users"));
    must(users->put("a", 1));
    must(must(cache<int>::find(system, "agent")).put("a", 1));
  }
  CHECK(code_of(users->get("a")) == errc::cache_not_running);
}

TEST_CASE("supervisors that come and go at once leave nothing behind",
          "[supervisor]") {
  world w;
  // Assertions are for one thread; the others count.
  std::atomic<int> stopped{0};
  on_threads(4, [&](size_t index) {
    for (int round = 0; round < 25; ++round) {
      auto name = fmt::format("cache-{}-{}", index, round);
      auto tree = must(start_supervisor(w.system(), {named(name)}));
      auto xs = must(cache<int>::find(w.system(), name));
      must(xs.put("a", round));
      must(stop_supervisor(w.system(), tree));
      auto gone = xs.get("a");
      stopped += !gone && gone.error() == errc::cache_not_running ? 1 : 0;
    }
  });
  CHECK(stopped == 100);
}
