#include "support/subjects.hpp"

#include <fmt/format.h>

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <future>
#include <map>
#include <random>
#include <set>

using namespace actor_cache;
using namespace actor_cache::test;

// The part of the adapter contract that concerns many entries at once.

TEST_CASE("many entries are stored, read and removed by one call",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  must(xs.put_many({{"a", 1}, {"b", 2}, {"c", 3}}, 1s));
  CHECK(must(xs.ttl_of("b")) == ttl{1s});
  using result = std::vector<std::optional<int>>;
  CHECK(must(xs.get_many({"c", "x", "a"})) == result{3, std::nullopt, 1});
  CHECK(must(xs.erase_many({"a", "x", "c", "a"})) == 2);
  CHECK(must(xs.get_many({"a", "b", "c"}))
        == result{std::nullopt, 2, std::nullopt});
  CHECK(must(xs.get_many({})).empty());
  must(xs.put_many({}));
  CHECK(must(xs.erase_many({})) == 0);
  w.clock()->advance(1s);
  CHECK(must(xs.get_many({"b"})) == result{std::nullopt});
}

TEST_CASE("clear removes everything", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  for (int index = 0; index < 1000; ++index)
    must(xs.put(std::to_string(index), index));
  CHECK(must(xs.size()) == 1000);
  must(xs.clear());
  CHECK(must(xs.size()) == 0);
  CHECK(must(xs.get("7")) == std::nullopt);
  CHECK(must(xs.scan()).entries.empty());
  must(xs.put("7", 7));
  CHECK(must(xs.get("7")) == 7);
}

TEST_CASE("following the cursors sees each entry exactly once", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  auto limit = GENERATE(size_t{1}, size_t{7}, size_t{5000});
  CAPTURE(which, limit);
  contract_world w{which};
  auto xs = w.open<int>();
  std::map<std::string, int> expected;
  for (int index = 0; index < 300; ++index) {
    auto key = fmt::format("key-{}", index);
    must(xs.put(key, index));
    expected.emplace(key, index);
  }
  must(xs.put("expired", -1, 1ms));
  w.clock()->advance(1ms);
  std::map<std::string, int> seen;
  std::string cursor;
  do {
    auto part = must(xs.scan(cursor, limit));
    for (auto& [key, content] : part.entries) {
      CHECK(seen.emplace(key, content.value).second);
      CHECK(content.version != 0);
    }
    cursor = part.cursor;
  } while (!cursor.empty());
  CHECK(seen == expected);
}

TEST_CASE("a scan refuses what is no cursor and no limit", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  CHECK(code_of(xs.scan({}, 0)) == errc::invalid_argument);
  for (auto bad : {"nonsense", "zz:zz", "ffffff:0", "0:0x"})
    CHECK(code_of(xs.scan(bad)) == errc::invalid_argument);
}

TEST_CASE("for_each visits all entries until it is told to stop",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  for (int index = 0; index < 600; ++index)
    must(xs.put(std::to_string(index), index));
  auto sum = 0;
  must(xs.for_each([&](const std::string& key, int value) {
    CHECK(key == std::to_string(value));
    sum += value;
    // Writing to the cache from in here is fine.
    must(xs.erase(key));
  }));
  CHECK(sum == 600 * 599 / 2);
  CHECK(must(xs.size()) == 0);
  must(xs.put("a", 1));
  must(xs.put("b", 2));
  auto calls = 0;
  must(xs.for_each([&](const std::string&, int) { return ++calls < 1; }));
  CHECK(calls == 1);
}

TEST_CASE("entries that stay are seen once while others come and go",
          "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  for (int index = 0; index < 500; ++index)
    must(xs.put(fmt::format("stays-{}", index), index));
  std::atomic<bool> done{false};
  auto writer = std::async(std::launch::async, [&] {
    for (int index = 0; !done; index = (index + 1) % 2000) {
      must(xs.put(fmt::format("comes-{}", index), index));
      must(xs.erase(fmt::format("comes-{}", (index + 1000) % 2000)));
    }
  });
  for (int round = 0; round < 5; ++round) {
    std::set<std::string> seen;
    std::string cursor;
    do {
      auto part = must(xs.scan(cursor, 16));
      for (auto& [key, content] : part.entries)
        if (key.starts_with("stays-"))
          CHECK(seen.insert(key).second);
      cursor = part.cursor;
    } while (!cursor.empty());
    CHECK(seen.size() == 500);
  }
  done = true;
  writer.get();
}

TEST_CASE("expired entries are freed without being touched", "[contract]") {
  auto which = GENERATE(from_range(owned_stores()));
  CAPTURE(which);
  contract_world w{which, {.sweep_interval = 1ms}};
  auto xs = w.open<int>();
  for (int index = 0; index < 100; ++index)
    must(xs.put(std::to_string(index), index, index < 60 ? ttl{1s} : infinite));
  w.clock()->advance(1s);
  wait_until([&] { return must(xs.size()) == 40; });
  CHECK(must(xs.stats()).expired == 60);
  for (int index = 60; index < 100; ++index)
    CHECK(must(xs.get(std::to_string(index))) == index);
}

TEST_CASE("the counters tell what happened", "[contract]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  must(xs.put("a", 1));
  must(xs.put_many({{"b", 2}, {"c", 3}}));
  static_cast<void>(must(xs.get("a")));
  static_cast<void>(must(xs.get("x")));
  static_cast<void>(must(xs.get_many({"b", "c", "y"})));
  static_cast<void>(must(xs.contains("a")));
  must(xs.erase("a"));
  must(xs.erase("a"));
  static_cast<void>(must(xs.get_or_create("d", [] { return 4; })));
  static_cast<void>(must(xs.get_or_create("d", [] { return 5; })));
  auto stats = must(xs.stats());
  CHECK(stats.hits == 4);
  CHECK(stats.misses == 3);
  CHECK(stats.puts == 4);
  CHECK(stats.erased == 1);
  CHECK(stats.loads == 1);
  CHECK(stats.load_failures == 0);
  CHECK(stats.size == 3);
  CHECK((stats.bytes > 0) == which.owned);
  CHECK(stats.hit_ratio() == 4.0 / 7.0);
}

TEST_CASE("the counters tell why entries went", "[contract]") {
  auto which = GENERATE(from_range(owned_maps()));
  CAPTURE(which);
  contract_world w{which, {.sweep_interval = 1ms}};
  auto xs = w.open<int>();
  auto check = [&](uint64_t erased, uint64_t replaced, uint64_t expired,
                   uint64_t cleared) {
    auto seen = must(xs.stats());
    CHECK(seen.erased == erased);
    CHECK(seen.replaced == replaced);
    CHECK(seen.expired == expired);
    CHECK(seen.cleared == cleared);
    CHECK(seen.puts == seen.size + seen.removed());
  };
  must(xs.put_many({{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}}));
  check(0, 0, 0, 0);
  must(xs.erase("a"));
  must(xs.take("b"));
  must(xs.erase_if("c", must(xs.get_versioned("c"))->version));
  CHECK(must(xs.erase_many({"d", "x"})) == 1);
  must(xs.take("x"));
  must(xs.erase_if("x", 0));
  check(4, 0, 0, 0);
  must(xs.put("e", 6));
  must(xs.put_many({{"e", 7}, {"f", 8}}));
  CHECK(must(xs.replace("e", 9)));
  must(xs.put_if("e", 10, must(xs.get_versioned("e"))->version));
  must(xs.increment("e"));
  must(xs.update("e", [](auto x) { return *x + 1; }));
  check(4, 6, 0, 0);
  // Refusals, and a new lifetime, are no replacements.
  CHECK_FALSE(must(xs.put_new("e", 0)));
  CHECK(code_of(xs.put_if("e", 0, 77)) == errc::version_conflict);
  CHECK(must(xs.touch("e", 1s)));
  check(4, 6, 0, 0);
  w.clock()->advance(1s);
  wait_until([&] {
    auto seen = must(xs.stats());
    return seen.expired == 1 && seen.size == 1;
  });
  check(4, 6, 1, 0);
  must(xs.clear());
  check(4, 6, 1, 1);
}

TEST_CASE("an entry that is written over when its time is over has expired",
          "[contract]") {
  auto which = GENERATE(from_range(owned_maps()));
  CAPTURE(which);
  contract_world w{which, {.sweep_interval = timespan::max()}};
  auto xs = w.open<int>();
  must(xs.put("key", 1, 1s));
  w.clock()->advance(1s);
  auto left = uint64_t{1};
  SECTION("put") {
    must(xs.put("key", 2));
  }
  SECTION("put_many") {
    must(xs.put_many({{"key", 2}}));
  }
  SECTION("put_new") {
    CHECK(must(xs.put_new("key", 2)));
  }
  SECTION("get_or_create") {
    CHECK(must(xs.get_or_create("key", [] { return 2; })) == 2);
  }
  SECTION("erase") {
    must(xs.erase("key"));
    left = 0;
  }
  SECTION("take") {
    CHECK(must(xs.take("key")) == std::nullopt);
    left = 0;
  }
  auto stats = must(xs.stats());
  CHECK(stats.expired == 1);
  CHECK(stats.removed() == 1);
  CHECK(stats.size == left);
}

namespace {

/// What a cache of numbers must do, in the plainest form.
class model {
public:
  std::optional<int> get(const std::string& key, time_point now) {
    auto i = entries_.find(key);
    if (i == entries_.end() || now >= i->second.second)
      return std::nullopt;
    return i->second.first;
  }

  void put(const std::string& key, int value, time_point deadline) {
    entries_[key] = {value, deadline};
  }

  void erase(const std::string& key) {
    entries_.erase(key);
  }

private:
  std::map<std::string, std::pair<int, time_point>> entries_;
};

} // namespace

TEST_CASE("a random sequence of calls does what a plain map does",
          "[contract]") {
  auto which = GENERATE(from_range(maps()));
  auto seed = GENERATE(1u, 2u, 3u);
  CAPTURE(which, seed);
  contract_world w{which};
  auto xs = w.open<int>();
  model expected;
  std::mt19937 random{seed};
  auto pick = [&](int n) { return static_cast<int>(random() % n); };
  for (int step = 0; step < 3000; ++step) {
    auto key = std::to_string(pick(40));
    auto now = w.clock()->now();
    auto current = expected.get(key, now);
    auto span = std::chrono::milliseconds{1 + pick(30)};
    switch (pick(10)) {
      case 0:
        must(xs.put(key, step, span));
        expected.put(key, step, now + span);
        break;
      case 1:
        CHECK(must(xs.put_new(key, step)) == !current);
        if (!current)
          expected.put(key, step, never);
        break;
      case 2:
        CHECK(must(xs.replace(key, step, span)) == current.has_value());
        if (current)
          expected.put(key, step, now + span);
        break;
      case 3:
        must(xs.erase(key));
        expected.erase(key);
        break;
      case 4:
        CHECK(must(xs.take(key)) == current);
        expected.erase(key);
        break;
      case 5:
        CHECK(must(xs.touch(key, span)) == current.has_value());
        if (current)
          expected.put(key, *current, now + span);
        break;
      case 6:
        CHECK(must(xs.get_or_create(
                key, [&] { return step; }, span))
              == current.value_or(step));
        if (!current)
          expected.put(key, step, now + span);
        break;
      case 7:
        w.clock()->advance(std::chrono::milliseconds{pick(5)});
        break;
      default:
        CHECK(must(xs.get(key)) == current);
        CHECK(must(xs.contains(key)) == current.has_value());
    }
  }
  if (!which.owned)
    return;
  auto stats = must(xs.stats());
  CHECK(stats.puts == stats.size + stats.removed());
}
