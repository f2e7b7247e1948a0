#include "support/subjects.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <atomic>
#include <future>
#include <latch>
#include <limits>

using namespace actor_cache;
using namespace actor_cache::test;

// The part of the adapter contract that concerns get_or_create.

namespace {

/// A load that the test lets go on.
class held_load {
public:
  int operator()() {
    ++runs;
    started.count_down();
    released.wait();
    return 42;
  }

  std::atomic<int> runs{0};
  std::latch started{1};
  std::latch released{1};
};

/// Waits until as many reads have missed: one loads, the others wait for it.
template <class V>
void wait_for_misses(cache<V>& xs, uint64_t count) {
  wait_until([&] { return must(xs.stats()).misses >= count; });
}

} // namespace

TEST_CASE("get_or_create loads a missing value and stores it", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  CHECK(must(xs.get_or_create("a", [] { return 1; })) == 1);
  CHECK(must(xs.get_or_create("a", [] { return 2; })) == 1);
  CHECK(must(xs.get("a")) == 1);
  auto load = [] { return caf::expected<int>{3}; };
  CHECK(must(xs.get_or_create("b", load, 1s)) == 3);
  CHECK(must(xs.ttl_of("b")) == ttl{1s});
  w.clock()->advance(1s);
  CHECK(must(xs.get_or_create("b", [] { return 4; })) == 4);
}

TEST_CASE("a failed load reaches the caller and is stored nowhere",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  auto fail = []() -> caf::expected<int> {
    return make_error(errc::unavailable, "the source is closed");
  };
  auto failed = xs.get_or_create("a", fail);
  CHECK(code_of(failed) == errc::unavailable);
  CHECK(text_of(failed) == "the source is closed");
  auto explode = []() -> int { throw std::runtime_error("boom"); };
  CHECK(code_of(xs.get_or_create("a", explode)) == errc::load_failed);
  CHECK(text_of(xs.get_or_create("a", explode)).find("boom")
        != std::string::npos);
  auto odd = []() -> int { throw 7; };
  CHECK(code_of(xs.get_or_create("a", odd)) == errc::load_failed);
  auto empty = [] { return caf::expected<int>{caf::error{}}; };
  CHECK(code_of(xs.get_or_create("a", empty)) == errc::load_failed);
  CHECK(must(xs.size()) == 0);
  CHECK(must(xs.get_or_create("a", [] { return 1; })) == 1);
  auto stats = must(xs.stats());
  CHECK(stats.loads == 6);
  CHECK(stats.load_failures == 5);
}

TEST_CASE("concurrent misses of one key run one load", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  held_load load;
  std::atomic<int> answers{0};
  auto releaser = std::async(std::launch::async, [&] {
    wait_for_misses(xs, 16);
    load.released.count_down();
  });
  on_threads(16, [&](size_t) {
    answers += must(xs.get_or_create("key", std::ref(load)));
  });
  releaser.get();
  CHECK(load.runs == 1);
  CHECK(answers == 16 * 42);
  CHECK(must(xs.stats()).loads == 1);
}

TEST_CASE("all who wait get the error of the one load", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  held_load load;
  auto failing = [&]() -> caf::expected<int> {
    load();
    return make_error(errc::unavailable, "no luck");
  };
  std::atomic<int> failures{0};
  auto releaser = std::async(std::launch::async, [&] {
    wait_for_misses(xs, 8);
    load.released.count_down();
  });
  on_threads(8, [&](size_t) {
    auto x = xs.get_or_create("key", failing);
    failures += !x && x.error() == errc::unavailable ? 1 : 0;
  });
  releaser.get();
  CHECK(load.runs == 1);
  CHECK(failures == 8);
  CHECK(must(xs.size()) == 0);
}

TEST_CASE("a caller that gives up waiting does not stop the load",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which, {.call_timeout = 10ms}};
  auto xs = w.open<int>();
  held_load load;
  auto leader = std::async(std::launch::async, [&] {
    return xs.get_or_create("key", std::ref(load));
  });
  load.started.wait();
  load_options impatient{.wait_timeout = 10ms};
  CHECK(code_of(xs.get_or_create(
          "key", [] { return 0; }, impatient))
        == errc::timeout);
  load.released.count_down();
  CHECK(must(leader.get()) == 42);
  CHECK(must(xs.get("key")) == 42);
}

TEST_CASE("a write during a load wins over its late result", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  held_load load;
  auto leader = std::async(std::launch::async, [&] {
    return must(xs.get_or_create("key", std::ref(load)));
  });
  load.started.wait();
  SECTION("put") {
    must(xs.put("key", 7));
    load.released.count_down();
    CHECK(leader.get() == 7);
    CHECK(must(xs.get("key")) == 7);
  }
  SECTION("erase") {
    must(xs.erase("key"));
    // Whoever comes after the erase must not get what was loaded before it.
    CHECK(must(xs.get_or_create("key", [] { return 8; })) == 8);
    load.released.count_down();
    leader.get();
    CHECK(must(xs.get("key")) == 8);
  }
  SECTION("erase alone") {
    must(xs.erase("key"));
    load.released.count_down();
    CHECK(leader.get() == 42);
    CHECK(must(xs.get("key")) == std::nullopt);
  }
  SECTION("clear") {
    must(xs.clear());
    load.released.count_down();
    leader.get();
    CHECK(must(xs.get("key")) == std::nullopt);
  }
  SECTION("put and erase") {
    must(xs.put("key", 7));
    must(xs.erase("key"));
    load.released.count_down();
    leader.get();
    CHECK(must(xs.get("key")) == std::nullopt);
  }
}

TEST_CASE("a write that is refused leaves a load alone", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  auto load = std::make_shared<held_load>();
  auto held = [load] { return (*load)(); };
  SECTION("where there is no entry") {
    auto leader = std::async(std::launch::async,
                             [&] { must(xs.get_or_create("key", held)); });
    load->started.wait();
    CHECK_FALSE(must(xs.replace("key", 1)));
    CHECK_FALSE(must(xs.touch("key", 1s)));
    CHECK(code_of(xs.put_if("key", 1, 77)) == errc::version_conflict);
    CHECK(code_of(xs.rewrite("key", 1, 77)) == errc::version_conflict);
    CHECK(code_of(xs.erase_if("key", 77)) == errc::version_conflict);
    load->released.count_down();
    leader.get();
    CHECK(must(xs.stats()).loads == 1);
  }
  SECTION("where the entry is being refreshed") {
    load_options options{.ttl = 1s, .refresh_ahead = 1s};
    constexpr auto highest = std::numeric_limits<int>::max();
    must(xs.get_or_create("key", [] { return highest; }, options));
    CHECK(must(xs.get_or_create("key", held, options)) == highest);
    load->started.wait();
    CHECK_FALSE(must(xs.put_new("key", 1)));
    CHECK(code_of(xs.put_if("key", 1, 0)) == errc::version_conflict);
    CHECK(code_of(xs.rewrite("key", 1, 77)) == errc::version_conflict);
    CHECK(code_of(xs.erase_if("key", 77)) == errc::version_conflict);
    CHECK(code_of(xs.increment("key")) == errc::invalid_argument);
    load->released.count_down();
    wait_until([&] { return must(xs.stats()).loads == 2; });
  }
  CHECK(must(xs.get("key")) == 42);
  CHECK(must(xs.stats()).loads_superseded == 0);
}

TEST_CASE("a write on condition wins over a load as any other does",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  load_options options{.ttl = 1s, .refresh_ahead = 1s};
  must(xs.get_or_create("key", [] { return 1; }, options));
  auto load = std::make_shared<held_load>();
  CHECK(
    must(xs.get_or_create("key", [load] { return (*load)(); }, options)) == 1);
  load->started.wait();
  auto seen = must(xs.get_versioned("key"))->version;
  std::optional<int> expected;
  SECTION("erase_if") {
    must(xs.erase_if("key", seen));
  }
  SECTION("take") {
    CHECK(must(xs.take("key")) == 1);
  }
  SECTION("put_if") {
    must(xs.put_if("key", 7, seen));
    expected = 7;
  }
  SECTION("rewrite") {
    must(xs.rewrite("key", 7, seen));
    expected = 7;
  }
  SECTION("replace") {
    CHECK(must(xs.replace("key", 7)));
    expected = 7;
  }
  SECTION("increment") {
    expected = must(xs.increment("key"));
  }
  load->released.count_down();
  wait_until([&] { return must(xs.stats()).loads == 2; });
  CHECK(must(xs.get("key")) == expected);
  CHECK(must(xs.stats()).loads_superseded == 1);
}

TEST_CASE("the time that loads take is counted", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  auto slow = [&] {
    w.clock()->advance(3ms);
    return 1;
  };
  auto fail = [&]() -> caf::expected<int> {
    w.clock()->advance(4ms);
    return make_error(errc::unavailable, "closed");
  };
  must(xs.get_or_create("a", slow));
  must(xs.get_or_create("a", slow));
  CHECK(code_of(xs.get_or_create("b", fail)) == errc::unavailable);
  CHECK(must(xs.stats()).load_time == 7ms);
}

TEST_CASE("a failure is remembered for as long as asked", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  auto runs = 0;
  auto fail = [&]() -> caf::expected<int> {
    ++runs;
    return make_error(errc::unavailable, "closed");
  };
  load_options options{.negative_ttl = 1s};
  CHECK(code_of(xs.get_or_create("key", fail, options)) == errc::unavailable);
  CHECK(code_of(xs.get_or_create("key", fail, options)) == errc::unavailable);
  CHECK(runs == 1);
  CHECK(must(xs.get("key")) == std::nullopt);
  w.clock()->advance(1s);
  CHECK(code_of(xs.get_or_create("key", fail, options)) == errc::unavailable);
  CHECK(runs == 2);
  SECTION("a put ends that") {
    must(xs.put("key", 1));
    CHECK(must(xs.get_or_create("key", fail, options)) == 1);
    must(xs.erase("key"));
    CHECK(code_of(xs.get_or_create("key", fail, options)) == errc::unavailable);
    CHECK(runs == 3);
  }
}

TEST_CASE("a stale value is served while one load replaces it", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  load_options options{.ttl = 1s, .stale_while_revalidate = 1s};
  CHECK(must(xs.get_or_create("key", [] { return 1; }, options)) == 1);
  w.clock()->advance(1500ms);
  CHECK(must(xs.get("key")) == std::nullopt);
  auto load = std::make_shared<held_load>();
  auto held = [load] { return (*load)(); };
  CHECK(must(xs.get_or_create("key", held, options)) == 1);
  CHECK(must(xs.get_or_create("key", held, options)) == 1);
  load->started.wait();
  load->released.count_down();
  wait_until([&] { return must(xs.get("key")) == 42; });
  CHECK(load->runs == 1);
  SECTION("but not beyond the window") {
    w.clock()->advance(2s);
    CHECK(must(xs.get_or_create("key", [] { return 3; }, options)) == 3);
  }
}

TEST_CASE("an entry close to its deadline is refreshed ahead of it",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  load_options options{.ttl = 1s, .refresh_ahead = 200ms};
  auto load = [] { return 2; };
  CHECK(must(xs.get_or_create("key", [] { return 1; }, options)) == 1);
  w.clock()->advance(799ms);
  CHECK(must(xs.get_or_create("key", load, options)) == 1);
  CHECK(must(xs.stats()).loads == 1);
  w.clock()->advance(1ms);
  CHECK(must(xs.get_or_create("key", load, options)) == 1);
  wait_until([&] { return must(xs.get("key")) == 2; });
  CHECK(must(xs.ttl_of("key")) == ttl{1s});
}

TEST_CASE("a stale value is served where a load fails", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  load_options options{.ttl = 1s, .stale_if_error = 1s};
  auto fail = []() -> caf::expected<int> {
    return make_error(errc::unavailable, "closed");
  };
  CHECK(must(xs.get_or_create("key", [] { return 1; }, options)) == 1);
  w.clock()->advance(1s);
  CHECK(must(xs.get_or_create("key", fail, options)) == 1);
  CHECK(must(xs.get("key")) == std::nullopt);
  CHECK(must(xs.get_or_create("key", [] { return 2; }, options)) == 2);
  w.clock()->advance(2s);
  CHECK(code_of(xs.get_or_create("key", fail, options)) == errc::unavailable);
}

TEST_CASE("jitter shortens lifetimes within its bounds", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  load_options options{.ttl = 100s, .ttl_jitter = 0.5};
  timespan shortest = 1000s;
  timespan longest = 0s;
  for (int index = 0; index < 200; ++index) {
    auto key = std::to_string(index);
    must(xs.get_or_create(key, [] { return 1; }, options));
    auto span = must(xs.ttl_of(key))->span();
    shortest = std::min(shortest, span);
    longest = std::max(longest, span);
  }
  CHECK(shortest >= 50s);
  CHECK(shortest < 60s);
  CHECK(longest > 90s);
  CHECK(longest <= 100s);
}

TEST_CASE("load options out of range are refused by name", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  auto refused = [&](const load_options& options, std::string_view option) {
    auto x = xs.get_or_create("key", [] { return 1; }, options);
    CHECK(code_of(x) == errc::invalid_argument);
    CHECK(text_of(x).find(option) != std::string::npos);
  };
  refused({.ttl = ttl{0s}}, "ttl");
  refused({.ttl_jitter = 1.5}, "ttl_jitter");
  refused({.ttl_jitter = -0.5}, "ttl_jitter");
  refused({.refresh_ahead = -1s}, "refresh_ahead");
  refused({.stale_while_revalidate = -1s}, "stale_while_revalidate");
  refused({.stale_if_error = -1s}, "stale_if_error");
  refused({.negative_ttl = -1s}, "negative_ttl");
  refused({.wait_timeout = -1s}, "wait_timeout");
  CHECK(must(xs.size()) == 0);
}
