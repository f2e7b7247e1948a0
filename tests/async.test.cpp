#include "support/values.hpp"
#include "support/world.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <future>
#include <optional>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

cache_spec agent(std::string name) {
  return {.name = std::move(name), .adapter = agent_options{}};
}

/// Runs `f(self)` in an actor and returns what it gives to `done`.
template <class T, class F>
T in_actor(world& w, F f) {
  std::promise<T> result;
  w.system().spawn([&](caf::event_based_actor* self) {
    f(self, [&](T x) { result.set_value(std::move(x)); });
  });
  return result.get_future().get();
}

} // namespace

TEST_CASE("an actor calls a cache without blocking", "[async]") {
  world w{{cache_spec{.name = "ets"}, agent("agent")}};
  for (auto name : {"ets", "agent"}) {
    CAPTURE(name);
    auto users = w.find<user>(name);
    auto answer = in_actor<std::string>(w, [&](auto* self, auto done) {
      auto calls = users.async(self);
      calls.put("ada", {"Ada", 36}, 60s).then([=] {
        calls.get("ada").then([=](const std::optional<user>& found) {
          calls.erase("ada").await([=] {
            calls.contains("ada").await([=](bool there) {
              done(found->name + (there ? " is there" : " is gone"));
            });
          });
        });
      });
    });
    CHECK(answer == "Ada is gone");
  }
}

TEST_CASE("an asynchronous failure reaches the error handler", "[async]") {
  world w{{agent("agent")}};
  must(w.find<user>("agent").put("ada", {"Ada", 36}));
  auto numbers = w.find<int>("agent");
  auto failed = in_actor<caf::error>(w, [&](auto* self, auto done) {
    numbers.async(self).get("ada").then([](std::optional<int>) {},
                                        [=](caf::error& err) { done(err); });
  });
  CHECK(failed == errc::type_mismatch);
  CHECK(message_of(failed).find("cache 'agent', key 'ada'")
        != std::string::npos);
  w.stop();
  failed = in_actor<caf::error>(w, [&](auto* self, auto done) {
    numbers.async(self).put("a", 1).then([] {},
                                         [=](caf::error& err) { done(err); });
  });
  CHECK(failed == errc::cache_not_running);
}

TEST_CASE("a thousand actors that miss at once cause one load", "[async]") {
  world w{{cache_spec{.name = "ets"}, agent("agent")}};
  for (auto name : {"ets", "agent"}) {
    CAPTURE(name);
    auto xs = w.find<int>(name);
    std::atomic<int> loads{0};
    std::atomic<int> sum{0};
    std::atomic<int> answers{0};
    for (int index = 0; index < 1000; ++index)
      w.system().spawn([&, index](caf::event_based_actor* self) {
        auto load = [&loads] { return ++loads; };
        xs.async(self)
          .get_or_create("key", load)
          .then(
            [&](int value) {
              sum += value;
              ++answers;
            },
            [&](caf::error&) { ++answers; });
      });
    wait_until([&] { return answers == 1000; });
    CHECK(loads == 1);
    CHECK(sum == 1000);
  }
}

TEST_CASE("those who wait get an error where the loading actor dies",
          "[async]") {
  world w{{agent("agent")}};
  auto xs = w.find<int>("agent");
  auto hdl = must(xs.actor());
  std::optional<caf::scoped_actor> loader;
  loader.emplace(w.system());
  detail::request(loader->ptr(), hdl, 5s, msg::acquire{"key"})
    .receive([](const lease& x) { CHECK(x.id != 0); },
             [](caf::error& err) { FAIL(to_string(err)); });
  auto waiter = std::async(std::launch::async, [&] {
    return xs.get_or_create("key", [] { return 1; });
  });
  wait_until([&] { return must(xs.stats()).misses == 2; });
  loader.reset();
  CHECK(code_of(waiter.get()) == errc::load_failed);
  CHECK(must(xs.get_or_create("key", [] { return 2; })) == 2);
}

TEST_CASE("a failing load in an actor fails for all who wait", "[async]") {
  world w{{agent("agent")}};
  auto xs = w.find<int>("agent");
  auto failed = in_actor<caf::error>(w, [&](auto* self, auto done) {
    auto fail = []() -> caf::expected<int> {
      return make_error(errc::unavailable, "closed");
    };
    xs.async(self)
      .get_or_create("key", fail)
      .then([](int) {}, [=](caf::error& err) { done(err); });
  });
  CHECK(failed == errc::unavailable);
  CHECK(must(xs.stats()).load_failures == 1);
  CHECK(must(xs.size()) == 0);
}

TEST_CASE("a stale value reaches an actor at once and is replaced", "[async]") {
  world w;
  w.start({w.timed(agent("agent"))});
  auto xs = w.find<int>("agent");
  load_options options{.ttl = 1s, .stale_while_revalidate = 1s};
  CHECK(must(xs.get_or_create("key", [] { return 1; }, options)) == 1);
  w.clock()->advance(1s);
  auto answer = in_actor<int>(w, [&](auto* self, auto done) {
    xs.async(self).get_or_create("key", [] { return 2; }, options).then(done);
  });
  CHECK(answer == 1);
  wait_until([&] { return must(xs.get("key")) == 2; });
}

TEST_CASE("an actor's lifetime of zero or less is refused and changes nothing",
          "[async]") {
  world w{{cache_spec{.name = "ets"}, agent("agent")}};
  for (auto name : {"ets", "agent"}) {
    CAPTURE(name);
    auto xs = w.find<int>(name);
    must(xs.put("key", 1));
    auto refused = [&](auto call) {
      auto answer = in_actor<caf::error>(w, [&](auto* self, auto done) {
        call(xs.async(self))
          .then([=](auto&&...) { done(caf::error{}); },
                [=](caf::error& err) { done(err); });
      });
      CHECK(answer == errc::invalid_argument);
    };
    auto drop = [](std::optional<int>) {
      fail("called");
      return std::optional<int>{};
    };
    refused([](auto calls) { return calls.put("key", 2, 0s); });
    refused([](auto calls) { return calls.touch("key", -1ms); });
    refused([](auto calls) {
      return calls.get_or_create("key", [] { return 2; }, 0s);
    });
    refused([=](auto calls) { return calls.update("key", drop, 0s); });
    CHECK(must(xs.get("key")) == 1);
  }
}

TEST_CASE("an actor updates a value as one step", "[async]") {
  world w;
  w.start({w.timed({.name = "ets"}), w.timed(agent("agent"))});
  for (auto name : {"ets", "agent"}) {
    CAPTURE(name);
    auto xs = w.find<int>(name);
    auto add = [](std::optional<int> x) { return x.value_or(0) + 1; };
    auto update = [&](std::optional<ttl> lifetime) {
      return in_actor<int>(w, [&](auto* self, auto done) {
        xs.async(self).update("key", add, lifetime).then(done);
      });
    };
    CHECK(update(std::nullopt) == 1);
    must(xs.touch("key", 1s));
    CHECK(update(std::nullopt) == 2);
    CHECK(must(xs.ttl_of("key")) == ttl{1s});
    CHECK(update(2s) == 3);
    CHECK(must(xs.ttl_of("key")) == ttl{2s});
    auto removed = in_actor<std::optional<int>>(w, [&](auto* self, auto done) {
      auto drop = [](std::optional<int>) { return std::optional<int>{}; };
      xs.async(self).update("key", drop).await(done);
    });
    CHECK(removed == std::nullopt);
    CHECK(must(xs.get("key")) == std::nullopt);
    auto failed = in_actor<caf::error>(w, [&](auto* self, auto done) {
      auto fail = [](std::optional<int>) -> int {
        throw std::runtime_error("no idea");
      };
      xs.async(self)
        .update("key", fail)
        .then([](int) {}, [=](caf::error& x) { done(x); });
    });
    CHECK(failed == errc::exception);
  }
}

TEST_CASE("an update in an actor runs again where another caller was faster",
          "[async]") {
  world w{{cache_spec{.name = "ets"}, agent("agent")}};
  for (auto name : {"ets", "agent"}) {
    CAPTURE(name);
    auto xs = w.find<int>(name);
    auto hdl = must(xs.actor());
    auto runs = 0;
    auto answer = in_actor<int>(w, [&](auto* self, auto done) {
      auto change = [&](std::optional<int> x) {
        // Gets there before what the update writes back.
        if (++runs == 1)
          detail::anon_send(hdl, msg::put{"key", term::of(10)});
        return x.value_or(0) + 1;
      };
      xs.async(self).update("key", change).then(done);
    });
    CHECK(answer == 11);
    CHECK(runs == 2);
    CHECK(must(xs.get("key")) == 11);
  }
}

TEST_CASE("no update is lost among many actors", "[async]") {
  world w{{cache_spec{.name = "ets"}, agent("agent")}};
  for (auto name : {"ets", "agent"}) {
    CAPTURE(name);
    auto xs = w.find<int>(name);
    constexpr int actors = 100;
    std::atomic<int> answers{0};
    for (int index = 0; index < actors; ++index)
      w.system().spawn([&](caf::event_based_actor* self) {
        xs.async(self)
          .update("key", [](std::optional<int> x) { return x.value_or(0) + 1; })
          .then([&](int) { ++answers; }, [&](caf::error&) { ++answers; });
      });
    wait_until([&] { return answers == actors; });
    CHECK(must(xs.get("key")) == actors);
  }
}

TEST_CASE("an actor visits all entries until it is told to stop", "[async]") {
  world w{{cache_spec{.name = "ets"}, agent("agent")}};
  for (auto name : {"ets", "agent"}) {
    CAPTURE(name);
    auto xs = w.find<int>(name);
    for (int index = 0; index < 600; ++index)
      must(xs.put(std::to_string(index), index));
    auto sum = 0;
    auto wrong = 0;
    in_actor<bool>(w, [&](auto* self, auto done) {
      auto visit = [&](const std::string& key, int value) {
        sum += value;
        wrong += key != std::to_string(value) ? 1 : 0;
      };
      xs.async(self).for_each(visit).then([=] { done(true); });
    });
    CHECK(sum == 600 * 599 / 2);
    CHECK(wrong == 0);
    auto calls = 0;
    in_actor<bool>(w, [&](auto* self, auto done) {
      auto stop = [&](const std::string&, int) { return ++calls < 300; };
      xs.async(self).for_each(stop).await([=] { done(true); });
    });
    CHECK(calls == 300);
    auto failed = in_actor<caf::error>(w, [&](auto* self, auto done) {
      auto fail = [](const std::string&, int) {
        throw std::runtime_error("no idea");
      };
      xs.async(self).for_each(fail).then([] {},
                                         [=](caf::error& x) { done(x); });
    });
    CHECK(failed == errc::exception);
  }
}

TEST_CASE("typed messages are answered like calls", "[async]") {
  world w{{cache_spec{.name = "ets"}}};
  auto hdl = must(w.find<int>("ets").actor());
  caf::scoped_actor self{w.system()};
  auto fail = [](caf::error& err) { FAIL(to_string(err)); };
  detail::request(self.ptr(), hdl, 5s, msg::put{"one", term::of(1)})
    .receive([] {}, fail);
  detail::request(self.ptr(), hdl, 5s, msg::get{"one"})
    .receive(
      [](const std::optional<term>& x) {
        REQUIRE(x.has_value());
        CHECK(must(x->as<int>()) == 1);
      },
      fail);
  detail::request(self.ptr(), hdl, 5s, msg::get{"two"})
    .receive([](const std::optional<term>& x) { CHECK_FALSE(x); }, fail);
}

TEST_CASE("a blocking call by mail is refused on the scheduler's threads",
          "[async]") {
  world w{{cache_spec{.name = "ets"}, agent("agent")}};
  auto by_mail = w.find<int>("agent");
  auto direct = w.find<int>("ets");
  auto tree = w.supervisor();
  auto failed
    = in_actor<std::vector<caf::error>>(w, [&](auto* self, auto done) {
        std::vector<caf::error> errors;
        errors.push_back(by_mail.get("a").error());
        errors.push_back(by_mail.get_or_create("a", [] { return 1; }).error());
        errors.push_back(stop_supervisor(self->system(), tree).error());
        // The direct road waits for nobody.
        if (!direct.get("a") || !direct.put("a", 1))
          errors.clear();
        done(std::move(errors));
      });
  REQUIRE(failed.size() == 3);
  for (auto& err : failed)
    CHECK(err == errc::would_block);
}
