// How mail reaches a store whose calls give their thread away while they wait:
// over one that waits for the test.

#include "support/world.hpp"
#include "support/wrapped_adapter.hpp"

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/fiber_pool.hpp"
#include "actor_cache/telemetry.hpp"

#include <caf/event_based_actor.hpp>

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <future>
#include <mutex>

using namespace actor_cache;
using namespace actor_cache::test;

using detail::fiber_pool;

namespace {

/// The compiler may take the thread to be the same before and after a wait.
[[gnu::noipa]] std::thread::id this_thread() {
  return std::this_thread::get_id();
}

/// Where calls of a store wait, and what is known of those that came by.
class gate {
public:
  struct visit {
    std::string key;
    std::thread::id begun_on;
    std::thread::id ended_on;
    fiber_pool::real_time deadline;
  };

  /// @returns false where the wait of a job was ended by the end of its cache
  bool pass(std::string_view key) {
    auto* jobs = fiber_pool::current();
    if (jobs == nullptr)
      return true;
    visit mine{std::string{key}, this_thread(), {},
               jobs->deadline()};
    std::unique_lock lock{mtx_};
    ++waiting_;
    while (!open_) {
      sleepers_.push_back(jobs->wake_me());
      lock.unlock();
      auto goes_on = jobs->suspend();
      lock.lock();
      if (!goes_on)
        return false;
    }
    mine.ended_on = this_thread();
    visits_.push_back(std::move(mine));
    return true;
  }

  void close() {
    std::lock_guard guard{mtx_};
    open_ = false;
    waiting_ = 0;
  }

  /// Lets all pass that wait, on the calling thread.
  void open() {
    std::vector<detail::waker> sleepers;
    {
      std::lock_guard guard{mtx_};
      open_ = true;
      sleepers.swap(sleepers_);
    }
    for (auto& wake : sleepers)
      wake();
  }

  /// Waits until so many have come since the gate was closed.
  void await(size_t count) {
    wait_until([&] {
      std::lock_guard guard{mtx_};
      return waiting_ >= count;
    });
  }

  std::vector<visit> visits() const {
    std::lock_guard guard{mtx_};
    return visits_;
  }

private:
  mutable std::mutex mtx_;
  bool open_ = true;
  size_t waiting_ = 0;
  std::vector<detail::waker> sleepers_;
  std::vector<visit> visits_;
};

/// An ets table behind a gate.
class suspending_adapter final : public wrapped_adapter {
public:
  suspending_adapter(adapter_ptr table, std::shared_ptr<gate> at)
    : wrapped_adapter(std::move(table)), gate_(std::move(at)) {
    // nop
  }

  adapter_traits traits() const noexcept override {
    return {.name = "suspending", .may_wait = true, .suspends = true};
  }

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override {
    if (!gate_->pass(key))
      return make_error(errc::cache_not_running, "the wait was ended");
    if (key == "bug")
      throw std::runtime_error("a bug in the adapter");
    return wrapped_adapter::get(key, now);
  }

private:
  std::shared_ptr<gate> gate_;
};

struct suspending_options {
  std::shared_ptr<gate> at;

  caf::error validate() const {
    return {};
  }

  adapter_ptr make(const adapter_context& context) const {
    return std::make_unique<suspending_adapter>(ets_options{}.make(context), at);
  }
};

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

TEST_CASE("a call that a handler of events makes by mail begins once the "
          "handler is through",
          "[suspending]") {
  gated_world w;
  auto hdl = must(w.xs->actor());
  std::mutex mtx;
  std::vector<std::string> trace;
  auto note = [&](std::string what) {
    std::lock_guard guard{mtx};
    trace.push_back(std::move(what));
  };
  auto handler = [&, hdl](const telemetry::event_view& what) {
    auto key = std::string{what.key.value_or("")};
    note("begin " + key);
    if (key == "one")
      detail::anon_send(hdl, msg::get{"two"});
    note("end " + key);
  };
  telemetry::handler_options options;
  options.keys = true;
  REQUIRE(telemetry::attach(w.system(), "nosy", "actor_cache.cache.get.start",
                            handler, options)
            .empty());
  CHECK(must(w.ask("one").get()) == 1);
  wait_until([&] {
    std::lock_guard guard{mtx};
    return trace.size() >= 4;
  });
  CHECK(trace
        == std::vector<std::string>{"begin one", "end one", "begin two",
                                    "end two"});
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
