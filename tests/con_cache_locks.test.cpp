#include "actor_cache/detail/caf_compat.hpp"

#include "support/con_cache_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// Sections of code that have the lock of a key, and who waits for it.

TEST_CASE("a section returns what its function returns", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  CHECK(must(xs.isolated("a", [] { return 5; })) == 5);
  must(xs.isolated("a", [] {}));
  CHECK(must(xs.isolated("a", [&] { return xs.get("a"); })) == std::nullopt);
  auto failed = xs.isolated("a", []() -> caf::expected<int> {
    return make_error(errc::unavailable, "no bank");
  });
  CHECK(code_of(failed) == errc::unavailable);
  auto threw
    = xs.isolated("a", []() -> int { throw std::runtime_error("no idea"); });
  CHECK(code_of(threw) == errc::exception);
  // Each of them gave the lock back.
  elsewhere([&] { must(xs.try_isolated("a", [] {})); });
}

TEST_CASE("sections of one key take turns", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  int plain = 0; // guarded by the lock alone
  on_threads(4, [&](size_t) {
    for (int round = 0; round < 500; ++round)
      must(xs.isolated("a", [&] { ++plain; }));
  });
  CHECK(plain == 2000);
}

TEST_CASE("sections nest, also with the same key", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  auto sum = must(xs.isolated("a", [&] {
    return xs.isolated("b", [&] {
      return xs.isolated("a", [&] { return xs.increment("a"); });
    });
  }));
  CHECK(sum == 1);
}

TEST_CASE("who finds a key locked is told so", "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1ms}};
  auto xs = w.open();
  other_holder holder{xs, "a"};
  CHECK(code_of(xs.try_isolated("a", [] {})) == errc::timeout);
  auto late = xs.isolated("a", [] {});
  CHECK(code_of(late) == errc::timeout);
  CHECK(text_of(late).find("cache 'accounts'") != std::string::npos);
  CHECK(text_of(late).find("key 'a'") != std::string::npos);
  must(xs.isolated("b", [] {}));
}

TEST_CASE("a section waits as long as its caller says", "[con_cache]") {
  SECTION("which may be less than the cache says") {
    con_world w{{.acquire_lock_timeout = 1h}};
    auto xs = w.open();
    other_holder holder{xs, "a"};
    auto late = xs.isolated("a", [] {}, 1ms);
    CHECK(code_of(late) == errc::timeout);
    CHECK(text_of(late).find("after 1 ms") != std::string::npos);
  }
  SECTION("or more") {
    con_world w{{.acquire_lock_timeout = 1ms}};
    auto xs = w.open();
    std::future<void> waiter;
    {
      other_holder holder{xs, "a"};
      waiter = std::async(std::launch::async, [&] {
        must(xs.isolated("a", [&] { return xs.put("a", 1); }, 1h));
      });
      CHECK(code_of(xs.isolated("a", [] {})) == errc::timeout);
      CHECK(must(xs.get("a")) == std::nullopt);
    }
    waiter.get();
    CHECK(must(xs.get("a")) == 1);
  }
}

TEST_CASE("two sections that nest in different order do not get stuck",
          "[con_cache]") {
  con_world w;
  auto xs = w.open();
  std::atomic<int> inside{0};
  std::atomic<int> refused{0};
  on_threads(2, [&](size_t index) {
    auto first = index == 0 ? "a" : "b";
    auto second = index == 0 ? "b" : "a";
    must(xs.isolated(first, [&] {
      ++inside;
      wait_until([&] { return inside == 2; });
      auto nested = xs.isolated(second, [] {}, 1h);
      if (!nested) {
        if (nested.error() != errc::deadlock)
          fail(to_string(nested.error()));
        ++refused;
      }
    }));
  });
  CHECK(refused == 1);
}

// -- writes -------------------------------------------------------------------

TEST_CASE("writes go past a lock only if they are dirty", "[con_cache]") {
  auto dirty = GENERATE(true, false);
  con_world w{{.acquire_lock_timeout = 1ms, .dirty = dirty}};
  auto xs = w.open();
  must(xs.put("a", 1));
  other_holder holder{xs, "a"};
  auto check = [&](auto done) {
    if (dirty)
      must(std::move(done));
    else
      CHECK(code_of(done) == errc::timeout);
  };
  check(xs.put("a", 2));
  check(xs.increment("a"));
  check(xs.replace("a", 4));
  check(xs.erase("a"));
  must(xs.dirty_put("a", 5));
  CHECK(must(xs.get("a")) == 5);
  CHECK(must(xs.dirty_update("a", [](auto x) { return *x + 1; })) == 6);
  CHECK(must(xs.dirty_update_existing("a", [](int x) { return x + 1; })) == 7);
  CHECK(must(xs.dirty_get_or_store("b", [] { return 8; })) == 8);
  must(xs.dirty_erase("a"));
  CHECK(must(xs.get("a")) == std::nullopt);
  CHECK(must(xs.dirty_get_or_store("a", [] { return 10; })) == 10);
  CHECK(must(xs.dirty_get_or_store("a", [] { return 11; })) == 10);
  // These take the lock, whatever the option says.
  CHECK(code_of(xs.update("a", [](auto) { return 9; })) == errc::timeout);
  CHECK(code_of(xs.update_existing("a", [](int) { return 9; }))
        == errc::timeout);
  CHECK(code_of(xs.get_or_store("a", [] { return 9; })) == errc::timeout);
}

TEST_CASE("a section may write to its key", "[con_cache]") {
  con_world w{{.dirty = false}};
  auto xs = w.open();
  must(xs.isolated("a", [&] {
    must(xs.put("a", 1));
    must(xs.increment("a"));
    must(xs.erase("a"));
  }));
  CHECK(must(xs.size()) == 0);
}

TEST_CASE("update and its like", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  CHECK(must(xs.update("a", [](auto x) { return x.value_or(0) + 1; })) == 1);
  CHECK(must(xs.update_existing("a", [](int x) { return x + 1; })) == 2);
  auto missing = xs.update_existing("b", [](int x) { return x; });
  CHECK(code_of(missing) == errc::key_not_found);
  CHECK_FALSE(must(xs.contains("b")));
  int runs = 0;
  on_threads(4, [&](size_t) {
    for (int round = 0; round < 200; ++round)
      must(xs.update("a", [&](auto x) {
        ++runs; // by one thread at a time
        return *x + 1;
      }));
  });
  CHECK(must(xs.get("a")) == 802);
  CHECK(runs == 800);
}

TEST_CASE("get_or_store makes a value once", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  std::atomic<int> runs{0};
  std::vector<int> got(4);
  on_threads(4, [&](size_t index) {
    got[index] = must(xs.get_or_store("a", [&] { return ++runs; }, 10s));
  });
  CHECK(got == std::vector{1, 1, 1, 1});
  CHECK(runs == 1);
  CHECK(must(xs.ttl_of("a")) == ttl{10s});
  auto failed = xs.get_or_store("b", []() -> caf::expected<int> {
    return make_error(errc::unavailable, "no bank");
  });
  CHECK(code_of(failed) == errc::unavailable);
  CHECK_FALSE(must(xs.contains("b")));
}

// -- actors -------------------------------------------------------------------

TEST_CASE("an actor waits for a lock without blocking", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  std::atomic<int> pings{0};
  std::atomic<int> got{0};
  caf::actor waiter;
  {
    other_holder holder{xs, "a"};
    waiter
      = w.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
          // On a thread of the scheduler a call must not wait.
          auto refused = xs.isolated("a", [] { return 1; });
          if (refused || refused.error() != errc::would_block)
            got = -1;
          xs.isolated(self, "a", [&xs] { return xs.increment("a"); })
            .then([&](int x) { got += x; });
          return {[&](caf::ok_atom) { ++pings; }};
        });
    for (int i = 1; i <= 3; ++i) {
      detail::anon_send(waiter, caf::ok_atom_v);
      wait_until([&] { return pings == i; });
    }
    CHECK(got == 0);
  }
  wait_until([&] { return got == 1; });
  must(xs.isolated("a", [] {}));
}

TEST_CASE("an actor that ends gives its place in a queue up", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  {
    other_holder holder{xs, "a"};
    auto waiter
      = w.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
          xs.isolated(self, "a", [] {}).then([] {});
          return {[](caf::ok_atom) {}};
        });
    caf::scoped_actor self{w.system()};
    caf::anon_send_exit(waiter, caf::exit_reason::kill);
    self->wait_for(waiter);
  }
  must(xs.isolated("a", [] {}, 1h)); // the dead one's turn is over
}

TEST_CASE("an actor waits for a lock as long as it says", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  other_holder holder{xs, "a"};
  std::atomic<int> code{0};
  w.system().spawn([&](caf::event_based_actor* self) {
    xs.isolated(
        self, "a", [] {}, 1ms)
      .then([] {}, [&](const caf::error& err) { code = err.code(); });
  });
  wait_until([&] { return code == static_cast<int>(errc::timeout); });
}
