// How mail reaches a store whose calls give their thread away while they wait:
// over one that waits for the test.

#include "support/suspending_adapter.hpp"

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/telemetry.hpp"

#include <caf/event_based_actor.hpp>

#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <future>

using namespace actor_cache;
using namespace actor_cache::test;

using detail::fiber_pool;

namespace {

/// A cache behind a gate, with an entry.
class gated_world : public world {
public:
  gated_world() {
    cache_spec spec{.name = "xs", .adapter = suspending_options{at}};
    spec.call_timeout = 77s;
    start({spec});
    xs = find<int>("xs");
    must(xs->put("one", 1));
  }

  using answer = caf::expected<std::optional<int>>;

  /// Has an actor of its own ask for `key`.
  /// @param asker set to the thread on which it asks
  std::future<answer> ask(const std::string& key,
                          std::thread::id* asker = nullptr) {
    auto result = std::make_shared<std::promise<answer>>();
    auto future = result->get_future();
    system().spawn([=, xs = *xs](caf::event_based_actor* self) {
      if (asker != nullptr)
        *asker = std::this_thread::get_id();
      xs.async(self).get(key).then(
        [=](const std::optional<int>& x) { result->set_value(x); },
        [=](const caf::error& err) { result->set_value(err); });
    });
    return future;
  }

  std::shared_ptr<gate> at = std::make_shared<gate>();
  std::optional<cache<int>> xs;
};

} // namespace

TEST_CASE("a call by mail begins on the thread of its sender and ends on the "
          "one that has the answer",
          "[suspending]") {
  gated_world w;
  w.at->close();
  std::thread::id asker;
  auto answer = w.ask("one", &asker);
  w.at->await(1);
  std::thread other{[&] { w.at->open(); }};
  auto waker = other.get_id();
  other.join();
  CHECK(must(answer.get()) == 1);
  auto visits = w.at->visits();
  REQUIRE(visits.size() == 1);
  CHECK(visits[0].begun_on == asker);
  CHECK(visits[0].ended_on == waker);
}

TEST_CASE("any number of calls by mail wait at once", "[suspending]") {
  gated_world w;
  w.at->close();
  std::vector<std::future<gated_world::answer>> answers;
  for (auto i = 0; i < 100; ++i)
    answers.push_back(w.ask(i % 2 == 0 ? "one" : "two"));
  w.at->await(100);
  w.at->open();
  for (size_t i = 0; i < answers.size(); ++i)
    CHECK(must(answers[i].get()).has_value() == (i % 2 == 0));
}

TEST_CASE("calls that wait end with the cache's actor", "[suspending]") {
  gated_world w;
  w.at->close();
  auto first = w.ask("one");
  auto second = w.ask("one");
  w.at->await(2);
  w.crash("xs");
  CHECK(code_of(first.get()) == errc::cache_not_running);
  CHECK(code_of(second.get()) == errc::cache_not_running);
  w.at->open();
  CHECK(must(w.ask("one").get()) == 1);
}

TEST_CASE("a call that throws is answered, and the cache begins anew",
          "[suspending]") {
  gated_world w;
  auto later = GENERATE(false, true);
  CAPTURE(later);
  if (later)
    w.at->close();
  auto answer = w.ask("bug");
  if (later) {
    w.at->await(1);
    w.at->open();
  }
  CHECK(code_of(answer.get()) == errc::exception);
  wait_until([&] { return w.child("xs").restarts == 1; });
  wait_until([&] { return must(w.xs->waiting(10s).actor()) != nullptr; });
  CHECK(must(w.ask("one").get()) == 1);
}

TEST_CASE("a load over a store that throws is answered, and the cache begins "
          "anew",
          "[suspending]") {
  gated_world w;
  std::promise<caf::error> failed;
  w.system().spawn([&, xs = *w.xs](caf::event_based_actor* self) {
    xs.async(self)
      .get_or_create("bug", [] { return 1; })
      .then([&](int) { failed.set_value({}); },
            [&](const caf::error& err) { failed.set_value(err); });
  });
  CHECK(failed.get_future().get() == errc::exception);
  wait_until([&] { return w.child("xs").restarts == 1; });
}

TEST_CASE("a call knows by when it should have ended", "[suspending]") {
  gated_world w;
  auto before = fiber_pool::real_time::clock::now();
  CHECK(must(w.ask("one").get()) == 1);
  auto after = fiber_pool::real_time::clock::now();
  auto visits = w.at->visits();
  REQUIRE(visits.size() == 1);
  CHECK(visits[0].deadline >= before + 77s);
  CHECK(visits[0].deadline <= after + 77s);
}

TEST_CASE("an asker that is in more of a hurry than the cache gets its error",
          "[suspending]") {
  gated_world w;
  w.at->close();
  std::promise<caf::error> failed;
  w.system().spawn([&, xs = *w.xs](caf::event_based_actor* self) {
    xs.async(self, 1ms).get("one").then(
      [&](const std::optional<int>&) { failed.set_value({}); },
      [&](const caf::error& err) { failed.set_value(err); });
  });
  CHECK(failed.get_future().get() == errc::timeout);
  w.at->open();
}

TEST_CASE("an actor may pass a call on to a cache that suspends",
          "[suspending]") {
  gated_world w;
  w.at->close();
  auto hdl = must(w.xs->actor());
  auto middle = w.system().spawn([hdl](caf::event_based_actor* self) {
    return caf::behavior{
      [self, hdl](msg::get& op) {
        return detail::delegate(self, hdl, std::move(op));
      },
    };
  });
  std::promise<term> answer;
  w.system().spawn([&](caf::event_based_actor* self) {
    detail::request(self, middle, detail::no_timeout, msg::get{"one"})
      .then([&](const std::optional<term>& x) { answer.set_value(x.value()); });
  });
  w.at->await(1);
  w.at->open();
  CHECK(must(answer.get_future().get().as<int>()) == 1);
}

TEST_CASE("a message that is no request is obeyed, too", "[suspending]") {
  gated_world w;
  auto hdl = must(w.xs->actor());
  detail::anon_send(hdl, msg::put{"two", term::of(2)});
  wait_until([&] { return must(w.xs->get("two")) == 2; });
}

TEST_CASE("a call that a handler of events makes by mail does not begin inside "
          "of it",
          "[suspending]") {
  gated_world w;
  auto hdl = must(w.xs->actor());
  static thread_local auto inside = false;
  std::atomic<int> nested{0};
  std::atomic<int> calls{0};
  auto handler = [&, hdl](const telemetry::event_view& what) {
    nested += inside ? 1 : 0;
    inside = true;
    if (what.key == "one")
      detail::anon_send(hdl, msg::get{"two"});
    inside = false;
    ++calls;
  };
  telemetry::handler_options options;
  options.keys = true;
  REQUIRE(telemetry::attach(w.system(), "nosy", "actor_cache.cache.get.start",
                            handler, options)
            .empty());
  CHECK(must(w.ask("one").get()) == 1);
  wait_until([&] { return calls == 2; });
  CHECK(nested == 0);
  CHECK(telemetry::detach(w.system(), "nosy").empty());
}

TEST_CASE("one load serves all actors that miss in a store that suspends",
          "[suspending]") {
  gated_world w;
  w.at->close();
  std::atomic<int> loads{0};
  std::vector<std::promise<int>> answers(8);
  for (auto& answer : answers)
    w.system().spawn([&, xs = *w.xs](caf::event_based_actor* self) {
      xs.async(self)
        .get_or_create("new", [&] { return ++loads; })
        .then([&](int x) { answer.set_value(x); });
    });
  w.at->await(8);
  w.at->open();
  for (auto& answer : answers)
    CHECK(answer.get_future().get() == 1);
  CHECK(loads == 1);
}
