#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/testing/sandbox.hpp"

#include "support/con_cache_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>

#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// What becomes of entries, and who is told of it.

namespace {

/// What a sink was told.
struct event_log {
  con_cache_options options(con_cache_options result = {}) {
    result.on_event = [this](const cache_event& x) { note(x); };
    return result;
  }

  void note(const cache_event& x) {
    std::lock_guard guard{mtx};
    lines.push_back(x.cache + ' ' + to_string(x.what) + ' ' + x.key + ' '
                    + std::to_string(x.value.as<int>().value()));
  }

  std::vector<std::string> wait_for(size_t count) {
    wait_until([&] {
      std::lock_guard guard{mtx};
      return lines.size() >= count;
    });
    std::lock_guard guard{mtx};
    return lines;
  }

  std::mutex mtx;
  std::vector<std::string> lines;
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("a function is told what becomes of entries", "[con_cache]") {
  event_log log;
  con_world w{log.options({.ttl_check_interval = 1ms})};
  auto xs = w.open();
  must(xs.put("a", 1));
  must(xs.increment("a"));
  must(xs.erase("a"));
  must(xs.erase("a")); // was not there
  must(xs.put("b", 3, 1s));
  must(xs.take("b"));
  must(xs.put("c", 4, 1s));
  CHECK(log.wait_for(6)
        == lines{"accounts updated a 1", "accounts updated a 2",
                 "accounts deleted a 2", "accounts updated b 3",
                 "accounts deleted b 3", "accounts updated c 4"});
  w.clock()->advance(1s);
  CHECK(log.wait_for(7).back() == "accounts expired c 4");
  CHECK(must(xs.events()).dropped == 0);
  wait_until([&] { return must(xs.events()).delivered == 7; });
}

TEST_CASE("an entry that a write finds expired is told of", "[con_cache]") {
  event_log log;
  con_world w{log.options(), {.sweep_interval = timespan::max()}};
  auto xs = w.open();
  must(xs.put("a", 1, 1s));
  w.clock()->advance(1s);
  SECTION("put") {
    must(xs.put("a", 2));
    auto told = log.wait_for(3);
    CHECK(told[1] == "accounts expired a 1");
    CHECK(told[2] == "accounts updated a 2");
  }
  SECTION("erase") {
    must(xs.erase("a"));
    CHECK(log.wait_for(2)[1] == "accounts expired a 1");
  }
  SECTION("update") {
    must(xs.increment("a", 5));
    auto told = log.wait_for(3);
    CHECK(told[1] == "accounts expired a 1");
    CHECK(told[2] == "accounts updated a 5");
  }
}

TEST_CASE("an actor is told what becomes of entries", "[con_cache]") {
  world w;
  std::atomic<int> sum{0};
  auto receiver
    = w.system().spawn([&](caf::event_based_actor*) -> caf::behavior {
        return {[&](const std::vector<cache_event>& xs) {
          for (const auto& x : xs)
            sum += x.value.as<int>().value();
        }};
      });
  w.start({cache_spec{.name = "accounts",
                      .adapter = con_cache_options{.on_event = receiver}}});
  auto xs = must(cache<int, con_cache>::find(w.system(), "accounts"));
  for (int i = 1; i <= 1000; ++i)
    must(xs.put(std::to_string(i), i));
  wait_until([&] { return sum == 500'500; });
  wait_until([&] { return must(xs.events()).delivered == 1000u; });
  caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
  wait_until([&] {
    must(xs.put("late", 1));
    return must(xs.events()).failed > 0;
  });
}

TEST_CASE("events that wait are delivered before a cache has stopped",
          "[con_cache]") {
  event_log log;
  {
    con_world w{log.options()};
    auto xs = w.open();
    for (int i = 0; i < 500; ++i)
      must(xs.put("a", i));
  }
  CHECK(log.lines.size() == 500);
}

TEST_CASE("a sandbox has locks and events", "[con_cache][sandbox]") {
  event_log log;
  world w;
  cache_spec spec{.name = "accounts", .adapter = log.options()};
  spec.sandbox = true;
  w.start({spec});
  testing::sandboxed box{w.system(), {"accounts"}};
  auto xs = must(cache<int, con_cache>::find(w.system(), "accounts"));
  CHECK(must(xs.isolated("a", [&] { return xs.increment("a"); })) == 1);
  CHECK(must(xs.get_or_store("b", [] { return 3; })) == 3);
  CHECK(log.wait_for(2)[0] == "accounts updated a 1");
}

// -- where there is no room for more ------------------------------------------

TEST_CASE("writers wait for who is told, or events are dropped",
          "[con_cache]") {
  std::atomic<bool> open{false};
  std::atomic<int> told{0};
  con_cache_options options{.event_capacity = 4};
  options.on_event = [&](const cache_event&) {
    wait_until([&] { return open.load(); });
    ++told;
  };
  SECTION("dropped") {
    options.when_events_full = when_full::drop;
    con_world w{options};
    auto xs = w.open();
    for (int i = 0; i < 20; ++i)
      must(xs.put("a", i));
    auto seen = must(xs.events());
    CHECK(seen.waiting <= 4u);
    // One batch is being told of, another one waits.
    CHECK(seen.dropped >= 12);
    CHECK(seen.dropped + seen.waiting + seen.delivered <= 20);
    open = true;
    wait_until([&] {
      auto now = must(xs.events());
      return now.delivered + now.dropped == 20;
    });
  }
  SECTION("waited for") {
    options.acquire_lock_timeout = 1h;
    con_world w{options};
    auto xs = w.open();
    std::atomic<int> written{0};
    auto writer = std::async(std::launch::async, [&] {
      for (int i = 0; i < 20; ++i) {
        must(xs.put("a", i));
        ++written;
      }
    });
    wait_until([&] { return must(xs.events()).waiting == 4u; });
    CHECK(written < 20);
    open = true;
    writer.get();
    wait_until([&] { return told == 20; });
    CHECK(must(xs.events()).dropped == 0);
  }
  open = true;
}

namespace {

/// An actor that is told of events, and answers the first message when the test
/// says so.
class slow_receiver {
public:
  slow_receiver(caf::actor_system& system, std::atomic<int>& batches)
    : hdl_(system.spawn([&batches](caf::event_based_actor* self) {
        auto first = std::make_shared<caf::response_promise>();
        auto answered = std::make_shared<bool>(false);
        return caf::behavior{
          [=, &batches](const std::vector<cache_event>&) -> caf::result<void> {
            ++batches;
            if (*answered)
              return caf::unit;
            *first = self->make_response_promise();
            return *first;
          },
          [=](caf::ok_atom) {
            *answered = true;
            first->deliver(caf::unit);
          },
        };
      })) {
    // nop
  }

  operator const caf::actor&() const noexcept {
    return hdl_;
  }

  void answer() {
    detail::anon_send(hdl_, caf::ok_atom_v);
  }

private:
  caf::actor hdl_;
};

} // namespace

TEST_CASE("writers wait for the actor that is told, or events are dropped",
          "[con_cache]") {
  auto policy = GENERATE(when_full::wait, when_full::drop);
  constexpr int count = 20;
  world w;
  std::atomic<int> batches{0};
  slow_receiver receiver{w.system(), batches};
  con_cache_options options{.acquire_lock_timeout = 1h,
                            .on_event = caf::actor{receiver},
                            .event_capacity = 4,
                            .when_events_full = policy};
  w.start({cache_spec{.name = "accounts", .adapter = options}});
  auto xs = must(cache<int, con_cache>::find(w.system(), "accounts"));
  must(xs.put("first", 0));
  wait_until([&] { return batches == 1; });
  std::atomic<int> written{0};
  auto writer = std::async(std::launch::async, [&] {
    for (int i = 0; i < count; ++i) {
      must(xs.put("a", i));
      ++written;
    }
  });
  wait_until([&] { return must(xs.events()).waiting == 4u; });
  if (policy == when_full::wait)
    CHECK(written == 4);
  else
    writer.get();
  CHECK(batches == 1); // the next message waits for the answer to this one
  receiver.answer();
  if (policy == when_full::wait)
    writer.get();
  auto lost = policy == when_full::wait ? 0u : count - 4u;
  wait_until([&] { return must(xs.events()).delivered == count + 1 - lost; });
  CHECK(must(xs.events()).dropped == lost);
}

TEST_CASE("a sink writes to a key whose writer waits for it", "[con_cache]") {
  std::optional<cache<int, con_cache>> xs;
  con_cache_options options{.acquire_lock_timeout = 20s,
                            .dirty = false,
                            .event_capacity = 1};
  std::atomic<int> written{0};
  options.on_event = [&](const cache_event& x) {
    if (x.what == event_kind::updated && written < 20) {
      ++written;
      must(xs->put(x.key, 0));
    }
  };
  con_world w{options};
  xs = w.open();
  for (int i = 0; i < 20; ++i)
    must(xs->put("a", i));
  wait_until([&] { return must(xs->events()).waiting == 0; });
  CHECK(must(xs->events()).dropped == 0);
}

TEST_CASE("entries that expire at once are all told of where writers wait",
          "[con_cache]") {
  std::atomic<bool> open{true};
  std::atomic<int> expired{0};
  con_cache_options options{.ttl_check_interval = 1ms, .event_capacity = 4};
  options.on_event = [&](const cache_event& x) {
    if (x.what != event_kind::expired)
      return;
    wait_until([&] { return open.load(); });
    ++expired;
  };
  con_world w{options};
  auto xs = w.open();
  for (int i = 0; i < 100; ++i)
    must(xs.put(std::to_string(i), i, 1s));
  open = false;
  w.clock()->advance(1s);
  wait_until([&] { return must(xs.size()) == 0; });
  open = true;
  wait_until([&] {
    auto seen = must(xs.events());
    return seen.delivered + seen.dropped == 200;
  });
  CHECK(must(xs.events()).dropped == 0);
  CHECK(expired == 100);
}

TEST_CASE("a sink may use the cache that tells it", "[con_cache]") {
  std::optional<cache<int, con_cache>> xs;
  std::atomic<int> told{0};
  con_cache_options options{.event_capacity = 1};
  options.on_event = [&](const cache_event& x) {
    ++told;
    if (x.key == "a")
      for (int i = 0; i < 5; ++i)
        must(xs->put("b", i));
    if (x.key == "c")
      throw std::runtime_error("no idea");
  };
  con_world w{options};
  xs = w.open();
  must(xs->put("a", 1));
  wait_until([&] { return told == 6; });
  must(xs->put("c", 1));
  wait_until([&] { return must(xs->events()).failed == 1; });
}
