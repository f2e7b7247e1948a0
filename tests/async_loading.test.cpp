// Loads that answer later: an actor asks another one for the missing value.

#include "support/suspending_adapter.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <catch2/generators/catch_generators.hpp>

#include <future>
#include <optional>
#include <thread>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

using promise = load_promise<int>;

/// An actor's answer, or the error, for the test to wait for.
class answer {
public:
  answer() : future_(state_->get_future()) {
    // nop
  }

  auto on_value() const {
    return [state = state_](int x) { state->set_value(x); };
  }

  auto on_error() const {
    return [state = state_](caf::error& x) { state->set_value(std::move(x)); };
  }

  caf::expected<int> get() {
    return future_.get();
  }

private:
  using state = std::promise<caf::expected<int>>;

  std::shared_ptr<state> state_ = std::make_shared<state>();
  std::shared_future<caf::expected<int>> future_;
};

/// Takes a promise from an actor to the test.
class handover {
public:
  auto take() {
    return [this](promise x) { state_.set_value(std::move(x)); };
  }

  promise get() {
    return state_.get_future().get();
  }

private:
  std::promise<promise> state_;
};

/// An actor system with one cache, by either road.
class loading_world : public world {
public:
  explicit loading_world(adapter_options adapter) {
    start({timed({.name = "xs", .adapter = std::move(adapter)})});
  }

  cache<int> xs() {
    return find<int>("xs");
  }

  /// Has an actor ask for "key".
  template <class F>
  caf::actor ask(const answer& to, F make, load_options options = {}) {
    return system().spawn(
      [xs = xs(), to, make, options](caf::event_based_actor* self) {
        xs.async(self)
          .get_or_create("key", make, options)
          .then(to.on_value(), to.on_error());
      });
  }
};

adapter_options any_road() {
  std::string_view road = GENERATE("direct", "by mail", "suspending");
  UNSCOPED_INFO(road);
  if (road == "by mail")
    return agent_options{};
  if (road == "suspending")
    return suspending_options{std::make_shared<gate>()};
  return ets_options{};
}

/// Stands for a database: answers each question with the next number.
caf::behavior source(caf::event_based_actor*) {
  return {
    [n = 0](const std::string&) mutable { return ++n; },
  };
}

} // namespace

TEST_CASE("an actor loads a value by asking another one", "[async]") {
  loading_world w{any_road()};
  auto xs = w.xs();
  auto db = w.system().spawn(source);
  std::vector<answer> answers(20);
  for (auto& x : answers)
    w.system().spawn([&](caf::event_based_actor* self) {
      auto load = [self, db](promise loaded) {
        detail::request(self, db, 5s, std::string{"key"})
          .then([loaded](int found) { loaded.deliver(found); },
                [loaded](caf::error& reason) { loaded.deliver(reason); });
      };
      xs.async(self)
        .get_or_create("key", load)
        .then(x.on_value(), x.on_error());
    });
  for (auto& x : answers)
    CHECK(must(x.get()) == 1);
  auto stats = must(xs.stats());
  CHECK(stats.loads == 1);
  CHECK(stats.hits + stats.misses == answers.size());
  CHECK(must(xs.get("key")) == 1);
}

TEST_CASE("a load may end at any time, on any thread, and once", "[async]") {
  loading_world w{any_road()};
  auto xs = w.xs();
  answer result;
  handover open;
  w.ask(result, open.take(), {.ttl = 1s});
  auto loaded = open.get();
  std::optional<caf::expected<int>> seen;
  std::thread waiter{[&] { seen = xs.get_or_create("key", [] { return 0; }); }};
  wait_until([&] { return must(xs.stats()).misses == 2; });
  w.clock()->advance(3ms);
  SECTION("with a value") {
    loaded.deliver(7);
    loaded.deliver(8);
    loaded.deliver(make_error(errc::unavailable, "too late"));
    CHECK(must(result.get()) == 7);
    waiter.join();
    CHECK(must(*seen) == 7);
    CHECK(must(xs.ttl_of("key")) == ttl{1s});
  }
  SECTION("with an error") {
    loaded.deliver(caf::expected<int>{make_error(errc::unavailable, "closed")});
    loaded.deliver(8);
    CHECK(code_of(result.get()) == errc::unavailable);
    waiter.join();
    CHECK(code_of(*seen) == errc::unavailable);
    CHECK(must(xs.size()) == 0);
  }
  auto stats = must(xs.stats());
  CHECK(stats.loads == 1);
  CHECK(stats.load_time == 3ms);
}

TEST_CASE("a promise that is let go fails its load", "[async]") {
  loading_world w{any_road()};
  auto xs = w.xs();
  SECTION("at once") {
    answer result;
    w.ask(result, [](const promise&) {});
    auto failed = result.get();
    CHECK(code_of(failed) == errc::load_failed);
    CHECK(text_of(failed).find("let go") != std::string::npos);
  }
  SECTION("later") {
    answer result;
    std::optional<handover> open{std::in_place};
    w.ask(result, open->take());
    auto loaded = std::make_optional(open->get());
    open.reset();
    loaded.reset();
    CHECK(code_of(result.get()) == errc::load_failed);
  }
  SECTION("by an exception") {
    answer result;
    w.ask(result, [](const promise&) { throw std::runtime_error("boom"); });
    auto failed = result.get();
    CHECK(code_of(failed) == errc::load_failed);
    CHECK(text_of(failed).find("boom") != std::string::npos);
  }
  CHECK(must(xs.stats()).load_failures == 1);
  CHECK(must(xs.get_or_create("key", [] { return 2; })) == 2);
}

TEST_CASE("the load of an actor that dies is over", "[async]") {
  loading_world w{any_road()};
  auto xs = w.xs();
  answer nobody;
  handover open;
  auto asker = w.ask(nobody, open.take());
  auto loaded = open.get();
  std::optional<caf::expected<int>> seen;
  std::thread waiter{[&] { seen = xs.get_or_create("key", [] { return 0; }); }};
  wait_until([&] { return must(xs.stats()).misses == 2; });
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  waiter.join();
  CHECK(code_of(*seen) == errc::load_failed);
  CHECK(must(xs.get_or_create("key", [] { return 2; })) == 2);
  loaded.deliver(1);
  answer later;
  w.ask(later, [](const promise& x) { x.deliver(0); });
  CHECK(must(later.get()) == 2);
}

TEST_CASE("loads of actors are over when the cache's actor dies", "[async]") {
  loading_world w{ets_options{}};
  auto xs = w.xs();
  answer result;
  handover open;
  w.ask(result, open.take());
  auto loaded = open.get();
  std::optional<caf::expected<int>> seen;
  std::thread waiter{[&] { seen = xs.get_or_create("key", [] { return 0; }); }};
  wait_until([&] { return must(xs.stats()).misses == 2; });
  SECTION("by a crash") {
    w.crash("xs");
    waiter.join();
    CHECK(code_of(*seen) == errc::load_failed);
    CHECK(code_of(result.get()) == errc::cache_not_running);
    loaded.deliver(1);
    CHECK(must(xs.get_or_create("key", [] { return 2; })) == 2);
  }
  SECTION("because it is stopped") {
    w.stop();
    waiter.join();
    CHECK(code_of(*seen) == errc::cache_not_running);
    CHECK_FALSE(result.get());
    loaded.deliver(1);
  }
}

TEST_CASE("a stale value does not wait for a load that takes its time",
          "[async]") {
  loading_world w{any_road()};
  auto xs = w.xs();
  load_options options{.ttl = 1s, .stale_while_revalidate = 1s};
  CHECK(must(xs.get_or_create("key", [] { return 1; }, options)) == 1);
  w.clock()->advance(1s);
  answer result;
  handover open;
  w.ask(result, open.take(), options);
  CHECK(must(result.get()) == 1);
  open.get().deliver(2);
  wait_until([&] { return must(xs.stats()).loads == 2; });
  CHECK(must(xs.get("key")) == 2);
}
