#include "support/ets_fixture.hpp"
#include "support/threads.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <future>
#include <map>
#include <random>
#include <set>

#ifdef __GLIBC__
#  include <malloc.h>
#endif

namespace {

ets_options options_of(ets_type type, bool compressed, size_t shards = 4) {
  ets_options result;
  result.type = type;
  result.compressed = compressed;
  result.shards = shards;
  return result;
}

/// Runs `writer(random)` on several threads until `reader()` has returned.
template <class Writer, class Reader>
void while_writing(Writer writer, Reader reader) {
  std::atomic<bool> done{false};
  auto writers = std::async(std::launch::async, [&] {
    test::on_threads(3, [&](size_t index) {
      std::mt19937 random{static_cast<uint32_t>(index)};
      while (!done)
        writer(random);
    });
  });
  try {
    reader();
  } catch (...) {
    done = true;
    throw;
  }
  done = true;
  writers.get();
}

} // namespace

TEST_CASE("what a sweep has freed is counted when the size tells", "[ets]") {
  auto type = GENERATE(ets_type::set, ets_type::duplicate_bag);
  auto compressed = GENERATE(false, true);
  INFO(to_string(type) << (compressed ? ", compressed" : ""));
  ets_fixture table{options_of(type, compressed)};
  constexpr uint64_t entries = 20'000;
  for (uint64_t i = 0; i < entries; ++i)
    table.put(std::to_string(i), 1, at(1s));
  bool counted = true;
  auto sweep = [&](std::mt19937&) { table.store->sweep(at(1s)); };
  while_writing(sweep, [&] {
    for (uint64_t left = entries; left > 0;) {
      left = take(table.store->size(at(1s)));
      if (left + table.store->removed().expired < entries)
        counted = false;
    }
  });
  CHECK(counted);
  CHECK(table.store->removed().expired == entries);
}

#ifdef __GLIBC__

TEST_CASE("a sweep leaves no small blocks to be joined all at once", "[ets]") {
  ets_fixture table{options_of(ets_type::set, false)};
  for (int i = 0; i < 100'000; ++i)
    table.put(std::to_string(i), i, i % 2 == 0 ? at(1s) : never);
  CHECK(table.sweep(at(1s)) > 0);
  while (table.store->sweep_pending())
    table.sweep(at(1s));
  CHECK(take(table.store->size(at(1s))) == 50'000);
  CHECK(mallinfo2().fsmblks < (size_t{256} << 10)); // of some five megabytes
}

#endif

TEST_CASE("scans both ways see what stays exactly once while writers run",
          "[ets]") {
  auto type = GENERATE(ets_type::set, ets_type::bag, ets_type::duplicate_bag);
  auto compressed = GENERATE(false, true);
  INFO(to_string(type) << (compressed ? ", compressed" : ""));
  ets_fixture table{options_of(type, compressed)};
  for (int i = 0; i < 300; ++i)
    table.put("stays" + std::to_string(i), i);
  auto write = [&](std::mt19937& random) {
    auto key = "other" + std::to_string(random() % 2000);
    if (random() % 2 == 0)
      table.put(key, 1);
    else
      take(table.store->erase(key, table.now));
    if (random() % 1000 == 0)
      table.store->sweep(table.now);
  };
  while_writing(write, [&] {
    for (int round = 0; round < 20; ++round) {
      std::map<std::string, int> seen;
      std::string cursor;
      do {
        auto page = take(round % 2 == 0
                           ? table.store->scan(cursor, 7, table.now)
                           : table.order().scan_back(cursor, 7, table.now));
        for (const auto& [key, content] : page.entries)
          if (key.starts_with("stays"))
            ++seen[key];
        cursor = page.cursor;
      } while (!cursor.empty());
      REQUIRE(seen.size() == 300);
      for (const auto& [key, count] : seen)
        REQUIRE(count == 1);
    }
  });
}

TEST_CASE("steps from key to key see what stays exactly once while writers run",
          "[ets]") {
  ets_fixture table{options_of(ets_type::set, false)};
  for (int i = 0; i < 100; ++i)
    table.put("stays" + std::to_string(i), i);
  auto write = [&](std::mt19937& random) {
    auto key = "other" + std::to_string(random() % 500);
    if (random() % 2 == 0)
      table.put(key, 1);
    else
      take(table.store->erase(key, table.now));
  };
  while_writing(write, [&] {
    for (auto way : {direction::forward, direction::backward}) {
      std::map<std::string, int> seen;
      std::optional<std::string> key;
      for (;;) {
        key = take(table.order().neighbour(key, way, table.now));
        if (!key)
          break;
        ++seen[*key];
      }
      for (int i = 0; i < 100; ++i)
        REQUIRE(seen["stays" + std::to_string(i)] == 1);
    }
  });
}

TEST_CASE("no update of a key is lost however many threads there are",
          "[ets]") {
  auto type = GENERATE(ets_type::set, ets_type::bag, ets_type::duplicate_bag);
  auto compressed = GENERATE(false, true);
  INFO(to_string(type) << (compressed ? ", compressed" : ""));
  ets_fixture table{options_of(type, compressed)};
  table.put("n", 0);
  constexpr int rounds = 500;
  test::on_threads(4, [&](size_t) {
    for (int n = 0; n < rounds; ++n)
      take(table.store->update("n", table.now, [](const entry* current) {
        return change::store(make_entry(*current->value.as<int>() + 1));
      }));
  });
  CHECK(table.get("n") == 4 * rounds);
  CHECK(take(table.store->size(table.now)) == 1);
}

TEST_CASE("neighbours lead through a table of many shards in one order",
          "[ets]") {
  ets_fixture table{options_of(ets_type::set, false, 16)};
  CHECK(!take(table.order().neighbour({}, direction::forward, table.now)));
  CHECK(!take(table.order().neighbour({}, direction::backward, table.now)));
  for (int i = 0; i < 50; ++i)
    table.put(std::to_string(i), i, i % 5 == 0 ? at(1s) : never);
  table.now = at(1s);
  auto order = table.all(7);
  REQUIRE(order.size() == 40);
  std::optional<std::string> key;
  for (const auto& [wanted, value] : order) {
    key = take(table.order().neighbour(key, direction::forward, table.now));
    REQUIRE(key == wanted);
  }
  CHECK(!take(table.order().neighbour(key, direction::forward, table.now)));
  key.reset();
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    key = take(table.order().neighbour(key, direction::backward, table.now));
    REQUIRE(key == i->first);
  }
  // A key that is gone still has its place.
  take(table.store->erase(order[10].first, table.now));
  CHECK(take(table.order().neighbour(order[10].first, direction::forward,
                                     table.now))
        == order[11].first);
  CHECK(take(table.order().neighbour(order[10].first, direction::backward,
                                     table.now))
        == order[9].first);
}

TEST_CASE("a scan backwards is a scan forwards, reversed", "[ets]") {
  auto type = GENERATE(ets_type::set, ets_type::duplicate_bag);
  auto limit = GENERATE(size_t{1}, size_t{9}, size_t{5000});
  ets_fixture table{options_of(type, false, 8)};
  for (int i = 0; i < 200; ++i)
    table.put(std::to_string(i / 2), i);
  auto forward = table.all();
  std::vector<std::pair<std::string, int>> backward;
  std::string cursor;
  do {
    auto page = take(table.order().scan_back(cursor, limit, table.now));
    for (auto& [key, content] : page.entries)
      backward.emplace_back(key, take(content.value.as<int>()));
    cursor = page.cursor;
  } while (!cursor.empty());
  CHECK(std::vector(backward.rbegin(), backward.rend()) == forward);
}

TEST_CASE("a compressed table does not keep what was decoded", "[ets]") {
  auto type = GENERATE(ets_type::set, ets_type::bag);
  INFO(to_string(type));
  ets_fixture table{options_of(type, true)};
  auto text = std::string(1000, 'x');
  take(table.store->put("k", {term::of(text)}, table.now));
  auto check_apart = [&](const entry& x, const entry& y) {
    CHECK(x.value.encoded());
    auto first = take(x.value.view<std::string>());
    auto second = take(y.value.view<std::string>());
    CHECK(*first == text);
    CHECK(first.get() != second.get());
  };
  auto get = [&] { return *take(table.store->get("k", table.now)); };
  auto scan = [&] {
    return take(table.store->scan("", 1, table.now)).entries.at(0).second;
  };
  auto scan_back = [&] {
    return take(table.order().scan_back("", 1, table.now)).entries.at(0).second;
  };
  check_apart(get(), get());
  check_apart(scan(), scan());
  check_apart(scan_back(), scan_back());
  if (type == ets_type::bag) {
    auto lookup = [&] {
      return take(table.bag().lookup("k", table.now)).at(0);
    };
    check_apart(lookup(), lookup());
  }
}

namespace {

/// Counts its objects.
struct counted {
  static inline int objects = 0;

  counted() {
    ++objects;
  }

  counted(const counted&) {
    ++objects;
  }

  ~counted() {
    --objects;
  }

  template <class Archive>
  void serialize(Archive&) {
    // nop
  }
};

} // namespace

TEST_CASE("a compressed table does not keep what others decoded", "[ets]") {
  ets_fixture table{options_of(ets_type::set, true)};
  auto value = term::from_bytes(take(term::of(counted{}).bytes()));
  REQUIRE(value.view<counted>());
  take(table.store->put("k", {value}, table.now));
  take(table.store->update("k", table.now, [&](const entry*) {
    return change::store({value});
  }));
  REQUIRE(counted::objects == 1);
  value = term{};
  CHECK(counted::objects == 0);
}

TEST_CASE("a compressed table holds what shrinks in less memory", "[ets]") {
  auto options = options_of(ets_type::set, true);
  ets_fixture plain{options, {"test", {0}}};
  ets_fixture snappy{options, {"test", {1, 100}}};
  for (auto* table : {&plain, &snappy})
    take(
      table->store->put("k", {term::of(std::string(100000, 'x'))}, table->now));
  CHECK(plain.store->bytes() > 100000);
  CHECK(snappy.store->bytes() < 10000);
}

TEST_CASE("a cursor that no scan returned is refused", "[ets]") {
  ets_fixture table{options_of(ets_type::set, false)};
  for (auto text :
       {"x", "0:", ":0", "4:0", "0:0x", "-1:0", "0:fffffffffffffffff"}) {
    INFO(text);
    auto page = table.store->scan(text, 10, table.now);
    REQUIRE(!page);
    CHECK(page.error() == errc::invalid_argument);
    CHECK(!table.order().scan_back(text, 10, table.now));
  }
}

namespace {

/// Looks up its own table when it is destroyed, as a value with a handle of the
/// cache in it could.
struct reentrant {
  adapter* table = nullptr;
  int* destroyed = nullptr;

  reentrant(adapter* table, int* destroyed)
    : table(table), destroyed(destroyed) {
    // nop
  }

  reentrant() = default;

  reentrant(reentrant&& other) noexcept
    : table(std::exchange(other.table, nullptr)), destroyed(other.destroyed) {
    // nop
  }

  ~reentrant() {
    if (table == nullptr)
      return;
    // Would never return if the shard were locked.
    static_cast<void>(table->put("other", make_entry(1), at(0s)));
    ++*destroyed;
  }

  template <class Archive>
  void serialize(Archive&) {
    // nop
  }
};

} // namespace

TEST_CASE("destructors of values may use the table that removed them",
          "[ets]") {
  auto type = GENERATE(ets_type::set, ets_type::bag, ets_type::duplicate_bag);
  INFO(to_string(type));
  ets_fixture table{options_of(type, false, 1)};
  auto destroyed = 0;
  auto put = [&](time_point deadline = never) {
    entry x{term::of(reentrant{table.store.get(), &destroyed}), deadline};
    take(table.store->put("key", std::move(x), table.now));
  };
  put();
  SECTION("overwritten") {
    put();
    if (type != ets_type::set)
      take(table.store->erase("key", table.now));
  }
  SECTION("replaced by an update") {
    take(table.store->update("key", table.now, [](const entry*) {
      return change::store(make_entry(1));
    }));
  }
  SECTION("removed by an update") {
    take(table.store->update("key", table.now,
                             [](const entry*) { return change::erase(); }));
  }
  SECTION("removed") {
    take(table.store->erase("key", table.now));
  }
  SECTION("cleared") {
    check_ok(table.store->clear());
  }
  SECTION("swept") {
    take(table.store->erase("key", table.now));
    put(at(1s));
    CHECK(table.sweep(at(1s)) == 1);
  }
  SECTION("swept next to one that stays") {
    put(at(1s));
    put(at(1s));
    put();
    put(at(1s));
    table.store->sweep(at(1s));
  }
  SECTION("swept together") {
    take(table.store->erase("key", table.now));
    put(at(1s));
    put(at(1s));
    CHECK(table.sweep(at(1s))
          == (type == ets_type::duplicate_bag ? 2 : 1)); // a bag has no equals
  }
  CHECK(destroyed >= 1);
  check_ok(table.store->clear()); // while the table is there to be used
}
