#include "support/ets_fixture.hpp"
#include "support/threads.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <unordered_map>

namespace {

using ints = std::vector<int>;

ets_options of_type(ets_type type) {
  ets_options result;
  result.type = type;
  return result;
}

/// A bag, compressed or not: tests run with both.
ets_fixture make_table(ets_type type) {
  ets_options result;
  result.type = type;
  result.shards = 2;
  result.compressed = GENERATE(false, true);
  return ets_fixture{result};
}

version newest_version(ets_fixture& table, std::string_view key) {
  return take(table.store->get(key, table.now))->version;
}

} // namespace

TEST_CASE("a bag holds different objects under one key", "[ets]") {
  auto table = make_table(ets_type::bag);
  table.put("k", 1);
  table.put("k", 2);
  table.put("other", 1);
  CHECK(table.lookup("k") == ints{1, 2});
  CHECK(table.get("k") == 2);
  CHECK(take(table.store->size(table.now)) == 3);
  SECTION("an equal object takes the place of the old one") {
    table.put("k", 1);
    CHECK(table.lookup("k") == ints{2, 1});
    CHECK(table.get("k") == 1);
    CHECK(take(table.store->size(table.now)) == 3);
  }
  SECTION("erase removes all objects of a key") {
    CHECK(take(table.store->erase("k", table.now)));
    CHECK(table.lookup("k").empty());
    CHECK(!table.get("k"));
    CHECK(!take(table.store->erase("k", table.now)));
    CHECK(take(table.store->size(table.now)) == 1);
  }
  SECTION("take_all removes and returns all objects of a key") {
    CHECK(take(table.bag().take_all("k", table.now)).size() == 2);
    CHECK(take(table.bag().take_all("k", table.now)).empty());
    CHECK(take(table.store->size(table.now)) == 1);
  }
  SECTION("a scan yields each object") {
    auto all = table.all(1);
    std::sort(all.begin(), all.end());
    CHECK(all
          == std::vector<std::pair<std::string, int>>{
            {"k", 1}, {"k", 2}, {"other", 1}});
  }
  SECTION("keys are seen once") {
    auto first
      = take(table.order().neighbour({}, direction::forward, table.now));
    auto second
      = take(table.order().neighbour(first, direction::forward, table.now));
    CHECK(first != second);
    CHECK(
      !take(table.order().neighbour(second, direction::forward, table.now)));
  }
}

TEST_CASE("a duplicate_bag holds equal objects under one key", "[ets]") {
  auto table = make_table(ets_type::duplicate_bag);
  table.put("k", 1);
  table.put("k", 2);
  table.put("k", 1);
  CHECK(table.lookup("k") == ints{1, 2, 1});
  CHECK(take(table.store->size(table.now)) == 3);
}

TEST_CASE("each object of a bag has a lifetime of its own", "[ets]") {
  auto table = make_table(GENERATE(ets_type::bag, ets_type::duplicate_bag));
  table.put("k", 1);
  table.put("k", 2, at(2s));
  table.put("k", 3, at(1s));
  CHECK(table.get("k") == 3);
  table.now = at(1s);
  CHECK(table.get("k") == 2);
  CHECK(table.lookup("k") == ints{1, 2});
  CHECK(table.all().size() == 2);
  CHECK(table.sweep(table.now) == 1);
  CHECK(take(table.store->size(table.now)) == 2);
  table.now = at(2s);
  CHECK(table.get("k") == 1);
  CHECK(table.sweep(table.now) == 1);
  CHECK(table.lookup("k") == ints{1});
  SECTION("the last one takes the key along") {
    take(table.store->erase("k", table.now));
    table.put("k", 4, at(3s));
    CHECK(table.sweep(at(3s)) == 1);
    CHECK(take(table.store->size(table.now)) == 0);
    CHECK(table.store->bytes() == 0);
  }
}

TEST_CASE("an update of a bag replaces the object put last", "[ets]") {
  auto type = GENERATE(ets_type::bag, ets_type::duplicate_bag);
  auto table = make_table(type);
  auto update = [&](change to) {
    return take(
      table.store->update("k", table.now, [&](const entry*) { return to; }));
  };
  SECTION("adds where there is none") {
    CHECK(update(change::store(make_entry(1))) != 0);
    CHECK(table.lookup("k") == ints{1});
  }
  table.put("k", 1);
  table.put("k", 2);
  SECTION("stores") {
    auto written = update(change::store(make_entry(3)));
    CHECK(written == newest_version(table, "k"));
    CHECK(table.lookup("k") == ints{1, 3});
  }
  SECTION("stores what equals an older one") {
    update(change::store(make_entry(1)));
    CHECK(table.lookup("k") == (type == ets_type::bag ? ints{1} : ints{1, 1}));
  }
  SECTION("erases all") {
    CHECK(update(change::erase()) == 0);
    CHECK(table.lookup("k").empty());
  }
  SECTION("keeps all") {
    CHECK(update(change::keep()) == 0);
    CHECK(table.lookup("k") == ints{1, 2});
  }
}

TEST_CASE("one object of a bag can be removed or replaced by its version",
          "[ets]") {
  auto type = GENERATE(ets_type::bag, ets_type::duplicate_bag);
  auto table = make_table(type);
  for (auto x : {1, 2, 3})
    table.put("k", x, at(1h));
  auto which = take(table.bag().lookup("k", table.now))[1].version;
  auto& bag = table.bag();
  SECTION("removed") {
    CHECK(take(bag.erase_object("k", which, table.now)));
    CHECK(table.lookup("k") == ints{1, 3});
    CHECK_FALSE(take(bag.erase_object("k", which, table.now)));
  }
  SECTION("the last one takes the key along") {
    for (const auto& x : take(bag.lookup("k", table.now)))
      CHECK(take(bag.erase_object("k", x.version, table.now)));
    CHECK(take(table.store->size(table.now)) == 0);
    CHECK_FALSE(take(table.store->erase("k", table.now)));
  }
  SECTION("replaced, with the deadline that it had") {
    CHECK(take(bag.replace_object("k", which, term::of(7), table.now)));
    CHECK(table.lookup("k") == ints{1, 3, 7});
    CHECK(take(table.store->get("k", table.now))->deadline == at(1h));
    CHECK_FALSE(take(bag.replace_object("k", which, term::of(8), table.now)));
  }
  SECTION("replaced by what equals another one") {
    CHECK(take(bag.replace_object("k", which, term::of(1), table.now)));
    CHECK(table.lookup("k")
          == (type == ets_type::bag ? ints{3, 1} : ints{1, 3, 1}));
  }
  SECTION("not once its time is over") {
    CHECK_FALSE(take(bag.erase_object("k", which, at(1h))));
    CHECK_FALSE(take(bag.replace_object("k", which, term::of(9), at(1h))));
  }
}

namespace {

/// Equal by the last digit alone, whatever the bytes say.
struct digit {
  int number = 0;

  friend bool operator==(const digit& x, const digit& y) {
    return x.number % 10 == y.number % 10;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

/// Has no `==`.
struct opaque {
  int number = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

template <class V>
size_t size_with(std::vector<V> objects) {
  ets_options options;
  options.type = ets_type::bag;
  ets_fixture table{options};
  for (auto& x : objects)
    take(table.store->put("k", {term::of(std::move(x))}, table.now));
  return take(table.store->size(table.now));
}

} // namespace

TEST_CASE("a bag compares values by their ==, or else by their bytes",
          "[ets]") {
  CHECK(size_with<digit>({{1}, {2}, {11}}) == 2);
  CHECK(size_with<opaque>({{1}, {2}, {11}, {2}}) == 3);
  CHECK(size_with<std::vector<opaque>>({{{1}}, {{2}}, {{1}}}) == 2);
  CHECK(size_with<std::array<opaque, 1>>({{opaque{1}}, {opaque{1}}}) == 1);
  CHECK(size_with<std::pair<int, opaque>>({{1, {1}}, {1, {1}}}) == 1);
  CHECK(size_with<std::string>({"a", "b", "a"}) == 2);
  CHECK(size_with<double>({0.0, -0.0}) == 1);
  // Equal by what they point to, not by where it is.
  CHECK(size_with<std::shared_ptr<int>>(
          {std::make_shared<int>(1), std::make_shared<int>(1)})
        == 1);
  // Equal whatever the order of their elements.
  std::unordered_map<int, int> up;
  std::unordered_map<int, int> down{1024};
  for (int i = 0; i < 100; ++i) {
    up.emplace(i, i);
    down.emplace(99 - i, 99 - i);
  }
  CHECK(size_with<std::unordered_map<int, int>>({up, down}) == 1);
}

namespace {

/// Runs a function of the test's once, in the middle of a comparison.
struct meddler {
  int number = 0;
  std::function<void()>* meddle = nullptr;

  friend bool operator==(const meddler& x, const meddler& y) {
    for (const auto* side : {&x, &y})
      if (side->meddle != nullptr && *side->meddle)
        std::exchange(*side->meddle, nullptr)();
    return x.number == y.number;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

} // namespace

TEST_CASE("comparisons in a bag run without a lock, and begin anew where the "
          "objects have changed meanwhile",
          "[ets]") {
  ets_fixture table{of_type(ets_type::bag)};
  std::function<void()> meddle;
  auto put = [&](int number, std::function<void()>* fun = nullptr) {
    take(table.store->put("k", {term::of(meddler{number, fun})}, table.now));
  };
  auto numbers = [&] {
    ints result;
    for (const auto& x : take(table.bag().lookup("k", table.now)))
      result.push_back(take(x.value.as<meddler>()).number);
    return result;
  };
  put(1, &meddle);
  SECTION("an equal object was put") {
    meddle = [&] { put(2); };
    put(2);
    CHECK(numbers() == ints{1, 2});
  }
  SECTION("all were removed") {
    meddle = [&] { take(table.store->erase("k", table.now)); };
    put(2);
    CHECK(numbers() == ints{2});
  }
  SECTION("another one is updated") {
    auto rounds = 0;
    take(table.store->update("k", table.now, [&](const entry* current) {
      if (++rounds == 1)
        put(5);
      auto seen = take(current->value.as<meddler>()).number;
      return change::store({term::of(meddler{seen + 10})});
    }));
    CHECK(rounds == 2);
    CHECK(numbers() == ints{1, 15});
  }
}

TEST_CASE("terms are equal whether they are live or encoded", "[ets]") {
  auto live = term::of(digit{1});
  auto encoded = term::from_bytes(take(live.bytes()));
  auto other = term::from_bytes(take(term::of(digit{2}).bytes()));
  CHECK(live.equals(encoded));
  CHECK(encoded.equals(live));
  CHECK(encoded.equals(term::from_bytes(take(live.bytes()))));
  CHECK(live.equals(term::of(digit{11})));
  CHECK_FALSE(live.equals(other));
  CHECK_FALSE(other.equals(live));
  CHECK_FALSE(encoded.equals(other));
  CHECK_FALSE(live.equals(term::of(1)));
  CHECK_FALSE(live.equals(term::of(opaque{1})));
  CHECK_FALSE(live.equals(term{}));
  CHECK_FALSE(term{}.equals(live));
  CHECK(term{}.equals(term{}));
  CHECK_FALSE(live.equals(term::from_bytes("no value")));
}

TEST_CASE("a bag answers like a list per key through random calls", "[ets]") {
  auto type = GENERATE(ets_type::bag, ets_type::duplicate_bag);
  auto table = make_table(type);
  std::map<std::string, ints> expected;
  std::mt19937 random{3};
  for (int step = 0; step < 3000; ++step) {
    auto key = std::to_string(random() % 20);
    auto& there = expected[key];
    auto value = static_cast<int>(random() % 8);
    switch (random() % 8) {
      case 0:
        take(table.store->erase(key, table.now));
        there.clear();
        break;
      case 1:
        if (!there.empty()) {
          auto at = random() % there.size();
          auto which = take(table.bag().lookup(key, table.now))[at].version;
          CHECK(take(table.bag().erase_object(key, which, table.now)));
          there.erase(there.begin() + static_cast<ptrdiff_t>(at));
        }
        break;
      default:
        table.put(key, value);
        if (type == ets_type::bag)
          std::erase(there, value);
        there.push_back(value);
    }
    REQUIRE(table.lookup(key) == there);
  }
  size_t size = 0;
  for (const auto& [key, objects] : expected)
    size += objects.size();
  CHECK(take(table.store->size(table.now)) == size);
  CHECK(table.all(3).size() == size);
  check_ok(table.store->clear());
  CHECK(table.store->bytes() == 0);
}

TEST_CASE("threads that put equal objects leave one of each in a bag",
          "[ets]") {
  auto table = make_table(ets_type::bag);
  test::on_threads(4, [&](size_t) {
    for (int n = 0; n < 400; ++n)
      table.put("k", n % 20);
  });
  auto found = table.lookup("k");
  std::sort(found.begin(), found.end());
  CHECK(found.size() == 20);
  CHECK(std::adjacent_find(found.begin(), found.end()) == found.end());
}

TEST_CASE("threads that take objects of a bag get each of them once", "[ets]") {
  auto table = make_table(ets_type::duplicate_bag);
  std::atomic<size_t> taken{0};
  test::on_threads(4, [&](size_t index) {
    if (index < 2) {
      for (int n = 0; n < 2000; ++n)
        table.put("k", n);
      return;
    }
    for (int n = 0; n < 500; ++n) {
      for (const auto& x : take(table.bag().lookup("k", table.now)))
        if (n % 2 == 0)
          taken += take(table.bag().erase_object("k", x.version, table.now));
      if (n % 2 == 1)
        taken += take(table.bag().take_all("k", table.now)).size();
    }
  });
  taken += table.lookup("k").size();
  CHECK(taken == 4000);
}
