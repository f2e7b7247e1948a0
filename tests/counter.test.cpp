#include "actor_cache/counter.hpp"
#include "actor_cache/testing/sandbox.hpp"

#include "../adapters/counter/counter_box.hpp"

#include "support/world.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// A cache with the adapter `counter`.
struct counter_world : world {
  explicit counter_world(cache_spec spec = {}) {
    spec.name = "hits";
    spec.adapter = counter_options{};
    start({timed(std::move(spec))});
  }

  template <class V>
  cache<V, counter> open() {
    return must(cache<V, counter>::find(system(), "hits"));
  }
};

} // namespace

TEST_CASE("a missing counter is no zero", "[counter]") {
  counter_world w;
  auto hits = w.open<int64_t>();
  CHECK(must(hits.get("page")) == std::nullopt);
  must(hits.count("page"));
  must(hits.count_down("page"));
  CHECK(must(hits.get("page")) == 0);
  must(hits.erase("page"));
  CHECK(must(hits.get("page")) == std::nullopt);
  CHECK(must(hits.decrement("page", 5)) == -5);
}

TEST_CASE("a count keeps the deadline and makes another version", "[counter]") {
  counter_world w;
  auto hits = w.open<int64_t>();
  auto blindly = GENERATE(false, true);
  must(hits.put("page", 1, 10s));
  w.clock()->advance(4s);
  auto seen = must(hits.get_versioned("page"))->version;
  if (blindly)
    must(hits.count("page", 2));
  else
    CHECK(must(hits.increment("page", 2)) == 3);
  CHECK(must(hits.ttl_of("page")) == ttl{6s});
  CHECK(code_of(hits.put_if("page", 9, seen)) == errc::version_conflict);
  auto now = *must(hits.get_versioned("page"));
  CHECK(now.value == 3);
  CHECK(now.version != seen);
  must(hits.rewrite("page", 10, now.version));
  CHECK(code_of(hits.put_if("page", 11, now.version))
        == errc::version_conflict);
  w.clock()->advance(11s);
  must(hits.count("page", 7)); // begins anew
  CHECK(must(hits.get("page")) == 7);
}

TEST_CASE("a version is not used again, however often a number changes",
          "[counter]") {
  counter_world w;
  auto hits = w.open<int>();
  std::vector<version> seen;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < round; ++i)
      if (round % 2 == 0)
        must(hits.count("n"));
      else
        must(hits.increment("n"));
    if (auto x = must(hits.get_versioned("n")))
      seen.push_back(x->version);
    if (round % 3 == 0)
      must(hits.put("n", 0));
    else if (round % 3 == 1)
      must(hits.erase("n"));
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("nothing is lost where threads count under one key", "[counter]") {
  counter_world w;
  auto hits = w.open<int64_t>();
  constexpr int rounds = 3000;
  on_threads(4, [&](size_t index) {
    for (int round = 0; round < rounds; ++round) {
      must(hits.count("blind", 3));
      must(hits.count_down("blind", 1));
      must(hits.increment("told", 2));
      // Both ways under one key.
      if (index % 2 == 0)
        must(hits.count("both"));
      else if (round % 8 == 0)
        must(hits.increment("both"));
    }
  });
  CHECK(must(hits.get("blind")) == 4 * rounds * 2);
  CHECK(must(hits.get("told")) == 4 * rounds * 2);
  CHECK(must(hits.get("both")) == 2 * rounds + 2 * rounds / 8);
  auto stats = must(hits.stats());
  CHECK(stats.puts == stats.size + stats.removed());
}

TEST_CASE("each thread counts blindly on a cache line of its own",
          "[counter]") {
  using counter_store::counter_box;
  auto value = counter_box::wrap(term::of(int64_t{5}));
  auto& box = *counter_box::in(value);
  auto count = [&](size_t) {
    for (int round = 0; round < 1000; ++round)
      if (!box.count_blindly(counter_store::arithmetic_op::add, 1))
        std::abort();
  };
  on_threads(1, count);
  CHECK(box.lines_in_use() == 1);
  on_threads(3, count);
  CHECK(box.lines_in_use() == 4);
  CHECK(must(box.read().as<int64_t>()) == 4005);
}

TEST_CASE("threads get different numbers from increment", "[counter]") {
  counter_world w;
  auto hits = w.open<uint32_t>();
  constexpr uint32_t rounds = 2000;
  std::vector<std::vector<uint32_t>> got(4);
  on_threads(4, [&](size_t index) {
    for (uint32_t round = 0; round < rounds; ++round)
      got[index].push_back(must(hits.increment("ticket")));
  });
  std::vector<uint32_t> all;
  for (auto& xs : got)
    all.insert(all.end(), xs.begin(), xs.end());
  std::sort(all.begin(), all.end());
  for (uint32_t i = 0; i < 4 * rounds; ++i)
    REQUIRE(all[i] == i + 1);
}

TEST_CASE("a number does not leave the range of its type", "[counter]") {
  counter_world w;
  auto bytes = w.open<uint8_t>();
  must(bytes.put("byte", 250));
  CHECK(code_of(bytes.increment("byte", 6)) == errc::invalid_argument);
  CHECK(must(bytes.get("byte")) == 250);
  must(bytes.count("byte", 6));
  CHECK(must(bytes.get("byte")) == 255);
  must(bytes.count_down("byte", 200));
  must(bytes.count_down("byte", 200));
  CHECK(must(bytes.get("byte")) == 0);
  auto longs = w.open<int64_t>();
  constexpr auto max = std::numeric_limits<int64_t>::max();
  must(longs.put("long", max - 1));
  must(longs.count("long"));
  CHECK(code_of(longs.count("long", max)) == errc::invalid_argument);
  CHECK(must(longs.get("long")) == max);
  auto unsigneds = w.open<uint64_t>();
  must(unsigneds.put("unsigned", std::numeric_limits<uint64_t>::max() - 1));
  CHECK(must(unsigneds.increment("unsigned"))
        == std::numeric_limits<uint64_t>::max());
}

TEST_CASE("a counter has the type of its first value", "[counter]") {
  counter_world w;
  auto longs = w.open<int64_t>();
  must(longs.count("n"));
  auto ints = w.open<int>();
  CHECK(code_of(ints.increment("n")) == errc::type_mismatch);
  CHECK(code_of(ints.count("n")) == errc::type_mismatch);
  CHECK(must(longs.get("n")) == 1);
}

TEST_CASE("counters expire and are freed", "[counter]") {
  counter_world w{{.default_ttl = 1s, .sweep_interval = 1ms}};
  auto hits = w.open<int>();
  for (int i = 0; i < 100; ++i)
    must(hits.count(std::to_string(i)));
  w.clock()->advance(1s);
  CHECK(must(hits.get("5")) == std::nullopt);
  wait_until([&] { return must(hits.size()) == 0; });
  CHECK(must(hits.stats()).expired == 100);
}

TEST_CASE("counters are found by a scan and counted by mail", "[counter]") {
  counter_world w;
  auto hits = w.open<int>();
  must(hits.count("a", 3));
  auto mail = cache<int, counter>::over_mail(w.system(), "hits",
                                             must(hits.actor()));
  must(mail.count("a", 4));
  must(mail.count_down("a", 1));
  CHECK(must(mail.get("a")) == 6);
  auto page = must(hits.scan());
  REQUIRE(page.entries.size() == 1);
  CHECK(page.entries[0].second.value == 6);
  must(hits.put_if("a", 1, page.entries[0].second.version));
}

TEST_CASE("a sandbox counts too", "[counter][sandbox]") {
  world w;
  cache_spec spec{.name = "hits", .adapter = counter_options{}};
  spec.sandbox = true;
  w.start({spec});
  testing::sandboxed box{w.system(), {"hits"}};
  auto hits = w.find<int64_t>("hits");
  auto counters = must(cache<int64_t, counter>::find(w.system(), "hits"));
  must(counters.count("a", 2));
  CHECK(must(counters.increment("a")) == 3);
  CHECK(must(hits.get("a")) == 3);
}

TEST_CASE("wrong options of counter are refused", "[counter]") {
  auto err = counter_options{.shards = 3}.validate();
  CHECK(message_of(err)
        == "counter_options::shards is 3; accepted is 0 or a power of two up "
           "to 65536");
  CHECK_FALSE(counter_options{.shards = 2, .write_concurrency = false}
                .validate()
                .empty());
}
