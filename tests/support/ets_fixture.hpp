#pragma once

#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/multi_valued.hpp"
#include "actor_cache/ordered.hpp"

#include "must.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What tests of ets tables below the handle have in common.

using namespace actor_cache;
using namespace std::chrono_literals;

/// Returns what `x` holds; fails the test where it holds an error.
template <class T>
T take(caf::expected<T> x, test::place where = test::place::current()) {
  return test::must(std::move(x), where);
}

inline void check_ok(const caf::error& err,
                     test::place where = test::place::current()) {
  if (!err.empty())
    test::fail(message_of(err), where);
}

/// A point in time that tests move.
inline time_point at(timespan since_start) {
  return time_point{} + 24h + since_start;
}

inline entry make_entry(int value, time_point deadline = never) {
  return {term::of(value), deadline};
}

/// An ets table with the calls that tests make, over `int` values.
class ets_fixture {
public:
  explicit ets_fixture(ets_options options, adapter_context context = {"test"})
    : store(options.make(context)) {
    check_ok(options.validate());
    check_ok(store->start());
  }

  void put(std::string_view key, int value, time_point deadline = never) {
    take(store->put(key, make_entry(value, deadline), now));
  }

  std::optional<int> get(std::string_view key) {
    auto found = take(store->get(key, now));
    if (!found)
      return std::nullopt;
    return take(found->value.as<int>());
  }

  /// Returns all objects of a key.
  std::vector<int> lookup(std::string_view key) {
    std::vector<int> result;
    for (const auto& x : take(bag().lookup(key, now)))
      result.push_back(take(x.value.as<int>()));
    return result;
  }

  /// Returns all entries in the table's order.
  std::vector<std::pair<std::string, int>> all(size_t limit = 16) {
    std::vector<std::pair<std::string, int>> result;
    std::string cursor;
    do {
      auto page = take(store->scan(cursor, limit, now));
      for (auto& [key, content] : page.entries)
        result.emplace_back(key, take(content.value.as<int>()));
      cursor = page.cursor;
    } while (!cursor.empty());
    return result;
  }

  /// Returns how many entries a sweep at `time` frees.
  size_t sweep(time_point time) {
    auto before = store->removed().expired;
    auto uncounted = store->sweep(time);
    return store->removed().expired - before + uncounted;
  }

  multi_valued& bag() {
    return *store->capability<multi_valued>();
  }

  ordered& order() {
    return *store->capability<ordered>();
  }

  adapter_ptr store;
  time_point now = at(0s);
};
