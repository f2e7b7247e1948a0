#include "../adapters/ets/timing_wheel.hpp"
#include "../adapters/ets/entry_table.hpp"

#include "support/ets_fixture.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <random>
#include <set>

namespace {

using actor_cache::ets_table::timing_wheel;
using actor_cache::ets_table::wheel_links;

/// A node as the wheel knows it.
struct item {
  time_point deadline = never;
  wheel_links<item> at;

  wheel_links<item>* links() noexcept {
    return &at;
  }

  time_point kept_until() const noexcept {
    return deadline;
  }
};

/// A wheel next to the set of all that it is to find.
struct wheel_model {
  void set(size_t index, time_point deadline) {
    items[index].deadline = deadline;
    wheel.schedule(items[index]);
    known.insert(index);
  }

  void drop(size_t index) {
    timing_wheel<item>::remove(items[index]);
    known.erase(index);
  }

  /// Goes on to `then` in steps of `limit` and compares what the wheel finds.
  /// In small steps it may find what was over for less than a tick later.
  void go_to(time_point then, size_t limit) {
    now = then;
    std::set<size_t> wanted;
    std::set<size_t> due;
    for (auto index : known) {
      if (items[index].deadline <= now)
        wanted.insert(index);
      if (items[index].deadline <= now - (limit < items.size() ? 68ms : 0ms))
        due.insert(index);
    }
    std::set<size_t> found;
    auto rounds = 0;
    while (!wheel.advance(now, limit, [&](item& x) {
      REQUIRE(x.at.previous == nullptr);
      REQUIRE(found.insert(static_cast<size_t>(&x - items.data())).second);
    }))
      REQUIRE(++rounds < 100'000);
    REQUIRE(
      std::includes(wanted.begin(), wanted.end(), found.begin(), found.end()));
    REQUIRE(std::includes(found.begin(), found.end(), due.begin(), due.end()));
    for (auto index : found)
      known.erase(index);
  }

  std::vector<item> items = std::vector<item>(300);
  std::set<size_t> known;
  time_point now = at(0s);
  timing_wheel<item> wheel{at(0s)};
};

timespan random_span(std::mt19937_64& random) {
  // From nanoseconds to decades, all orders of magnitude alike.
  auto bits = random() % 60;
  return timespan{static_cast<int64_t>(random() >> (63 - bits))};
}

} // namespace

TEST_CASE("a timing wheel finds what a search through all would find",
          "[expiry]") {
  auto seed = GENERATE(1u, 2u, 3u, 4u);
  auto limit = GENERATE(size_t{1}, size_t{7}, size_t{1000});
  INFO("seed " << seed << ", limit " << limit);
  std::mt19937_64 random{seed};
  wheel_model both;
  for (int step = 0; step < 3000; ++step) {
    auto index = static_cast<size_t>(random() % both.items.size());
    switch (random() % 8) {
      case 0:
        both.drop(index);
        break;
      case 1:
        both.set(index, never);
        break;
      case 2:
        both.go_to(both.now + random_span(random) / 1000, limit);
        break;
      default:
        both.set(index, both.now + random_span(random));
        break;
    }
  }
  both.go_to(both.now + 24h * 365 * 100, limit);
}

TEST_CASE("a wheel that nobody turned for decades catches up", "[expiry]") {
  wheel_model both;
  both.set(0, at(1s));
  both.set(1, at(24h * 365 * 20));
  both.set(2, at(24h * 365 * 40));
  both.go_to(at(24h * 365 * 30), 1000);
  CHECK(both.known == std::set<size_t>{2});
}

TEST_CASE("a wheel looks at what expires, not at what lives on", "[expiry]") {
  wheel_model both;
  for (size_t index = 0; index < 300; ++index)
    both.set(index, at(index < 10 ? 1s : 24h));
  size_t looked = 0;
  // A limit of 64 is enough, however many others there are.
  CHECK(both.wheel.advance(at(2s), 64, [&](item&) { ++looked; }));
  CHECK(looked == 10);
}

TEST_CASE("a sweep of a table looks at what expires, not at what lives on",
          "[expiry]") {
  constexpr uint64_t living = 100'000;
  constexpr uint64_t due = 10;
  actor_cache::ets_table::entry_table<> table{8};
  auto put = [&](uint64_t id, time_point deadline) {
    table.put(std::to_string(id), make_entry(1, deadline), at(0s));
  };
  // Lifetimes of one to three days, and some of a second.
  for (uint64_t id = 0; id < living; ++id)
    put(id, at(24h + 48h * id / living));
  for (uint64_t id = living; id < living + due; ++id)
    put(id, at(1s));
  auto sweep = [&](time_point now) {
    do
      table.sweep(now);
    while (table.sweep_pending());
    return table.removed().expired;
  };
  CHECK(sweep(at(2s)) == due);
  CHECK(table.looked_at() == due);
  // Up to its end each entry is looked at once on each level of a wheel.
  for (auto hour = 1h; hour <= 72h; hour += 1h)
    sweep(at(hour));
  CHECK(table.removed().expired == living + due);
  CHECK(table.looked_at() <= 7 * (living + due));
}
