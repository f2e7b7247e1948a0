#include "support/dets_fixture.hpp"
#include "support/must.hpp"
#include "support/threads.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <random>
#include <set>

namespace {

using ints = std::vector<int>;

/// Says that all long keys are the same.
dets_store::key_hash weak_hash(std::string_view) {
  return {};
}

constexpr auto policies = {sync_policy::every_write, sync_policy::interval,
                           sync_policy::never};

sync_policy any_policy() {
  return GENERATE(values(policies));
}

std::string long_key(char last, size_t size = 600) {
  return std::string(size - 1, 'k') + last;
}

} // namespace

TEST_CASE("a table is there again after a restart", "[dets]") {
  dets_fixture table{{.sync = any_policy()}};
  table.options.ram_file = GENERATE(false, true);
  check_ok(table.start());
  for (int i = 0; i < 2000; ++i)
    table.put("key" + std::to_string(i), i);
  table.put(std::string{"\0 odd \n", 7}, -1);
  table.put("", -2);
  CHECK(table.erase("key7"));
  table.restart();
  CHECK(table.size() == 2001);
  CHECK(table.get("key1999") == 1999);
  CHECK(table.get(std::string{"\0 odd \n", 7}) == -1);
  CHECK(table.get("") == -2);
  CHECK(!table.get("key7"));
  // Nothing is left beside the file.
  check_ok(table.store->stop());
  size_t files = 0;
  for (const auto& x : std::filesystem::directory_iterator{table.folder.path()})
    files += x.exists() ? 1 : 0;
  CHECK(files == 1);
}

TEST_CASE("lifetimes go on by the wall clock between two runs", "[dets]") {
  dets_fixture table;
  check_ok(table.start());
  table.put("short", 1, at(10s));
  table.put("long", 2, at(1h));
  table.put("endless", 3);
  check_ok(table.store->stop());
  table.wall_now += 20s;
  table.set_clock(at(5min)); // a steady clock begins anywhere
  check_ok(table.start());
  CHECK(!table.get("short"));
  CHECK(table.get("endless") == 3);
  auto found = take(table.store->get("long", table.clock->now()));
  REQUIRE(found);
  CHECK(found->deadline == at(5min) + 1h - 20s);
}

TEST_CASE("keys of any length are told apart, whatever their hashes",
          "[dets]") {
  dets_fixture table{{.type = GENERATE(ets_type::set, ets_type::bag)}};
  table.hash = GENERATE(&dets_store::hash_of, &weak_hash);
  check_ok(table.start());
  std::map<std::string, int> expected;
  std::mt19937 random{7};
  for (size_t size :
       {0u, 1u, 478u, 479u, 480u, 481u, 482u, 500u, 511u, 512u, 600u, 70'000u})
    for (char last : {'\0', 'a', '\xff'})
      expected[std::string(size, 'k') + last]
        = static_cast<int>(random() % 100);
  for (size_t size : {239u, 240u, 241u, 480u})
    expected[std::string(size, '\0')] = static_cast<int>(size);
  for (const auto& [key, value] : expected)
    table.put(key, value);
  auto check = [&] {
    for (const auto& [key, value] : expected)
      if (table.get(key) != value)
        FAIL("a key of " << key.size() << " bytes");
    CHECK(table.size() == expected.size());
    auto all = table.all(5);
    CHECK(std::map<std::string, int>{all.begin(), all.end()} == expected);
    CHECK(all.size() == expected.size());
    auto back = table.all(5, direction::backward);
    std::reverse(back.begin(), back.end());
    CHECK(back == all);
  };
  check();
  CHECK(!table.get(long_key('z')));
  CHECK(!table.erase(long_key('z')));
  table.restart();
  check();
  // In the midst of those with the same hash.
  CHECK(table.erase(std::string(500, 'k') + 'a'));
  expected.erase(std::string(500, 'k') + 'a');
  table.restart();
  check();
}

TEST_CASE("neighbours lead through all keys both ways", "[dets]") {
  dets_fixture table{
    {.type = GENERATE(ets_type::set, ets_type::duplicate_bag)}};
  check_ok(table.start());
  std::set<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    auto key = i % 10 == 0 ? long_key(static_cast<char>('0' + i))
                           : std::string(1, static_cast<char>(i)) + "key";
    table.put(key, i);
    table.put(key, i);
    expected.insert(key);
  }
  auto& order = *table.store->capability<ordered>();
  for (auto way : {direction::forward, direction::backward}) {
    std::set<std::string> seen;
    auto key = take(order.neighbour({}, way, table.clock->now()));
    for (; key; key = take(order.neighbour(key, way, table.clock->now())))
      if (!seen.insert(*key).second)
        FAIL("a key twice");
    CHECK(seen == expected);
  }
  // A key need not be there.
  table.put("b", 1);
  table.put("d", 1);
  CHECK(take(order.neighbour("c", direction::forward, table.clock->now()))
        == "d");
  CHECK(take(order.neighbour("c", direction::backward, table.clock->now()))
        == "b");
}

TEST_CASE("short keys are in the order of their bytes", "[dets]") {
  dets_fixture table;
  check_ok(table.start());
  std::vector<std::string> keys{"",     std::string(1, '\0'),
                                "a",    "a\x01",
                                "ab",   "b",
                                "\xff", std::string("a\0b", 3)};
  for (const auto& key : keys)
    table.put(key, 0);
  std::sort(keys.begin(), keys.end());
  std::vector<std::string> seen;
  for (const auto& x : table.all())
    seen.push_back(x.first);
  CHECK(seen == keys);
}

TEST_CASE("the address space of a file grows by itself", "[dets]") {
  dets_fixture table{{.sync = any_policy(), .map_size = size_t{1} << 20}};
  check_ok(table.start());
  std::atomic<bool> done{false};
  auto reader = std::async(std::launch::async, [&] {
    while (!done)
      if (auto found = table.store->get("key0", table.clock->now());
          !found || (*found && found->value().value.footprint() < 1000))
        test::fail("a reader saw something else");
  });
  auto value = term::of(std::string(100'000, 'x'));
  for (int i = 0; i < 60; ++i)
    take(
      table.store->put(fmt::format("key{}", i), {value}, table.clock->now()));
  check_ok(table.backend().sync());
  done = true;
  reader.get();
  CHECK(table.backend().details().map_size > size_t{6} << 20);
  CHECK(table.backend().details().file_size > size_t{5} << 20);
  table.restart();
  CHECK(table.size() == 60);
}

TEST_CASE("versions are not used twice across restarts", "[dets]") {
  dets_fixture table{{.sync = any_policy()}};
  std::set<version> seen;
  for (int run = 0; run < 4; ++run) {
    check_ok(table.start());
    for (int i = 0; i < 20; ++i)
      CHECK(seen
              .insert(take(
                table.store->put("key", make_entry(i), table.clock->now())))
              .second);
    check_ok(table.store->stop());
  }
  check_ok(table.start());
  auto found = take(table.store->get("key", table.clock->now()));
  REQUIRE(found);
  CHECK(found->version == *seen.rbegin());
}

TEST_CASE("a bag comes back in order", "[dets]") {
  dets_fixture table{{.type = GENERATE(ets_type::bag, ets_type::duplicate_bag),
                      .sync = any_policy()}};
  check_ok(table.start());
  auto is_bag = table.options.type == ets_type::bag;
  auto key = GENERATE(std::string{"k"}, long_key('x'));
  for (auto x : {3, 1, 2, 1})
    table.put(key, x);
  table.put("other", 9, at(1s));
  auto expected = is_bag ? ints{3, 2, 1} : ints{3, 1, 2, 1};
  CHECK(table.lookup(key) == expected);
  table.restart();
  CHECK(table.lookup(key) == expected);
  table.put(key, 3);
  expected.push_back(3);
  if (is_bag)
    expected.erase(expected.begin());
  CHECK(table.lookup(key) == expected);
  auto& bag = *table.store->capability<multi_valued>();
  auto second = take(bag.lookup(key, table.clock->now()))[1].version;
  CHECK(take(bag.erase_object(key, second, table.clock->now())));
  CHECK(!take(bag.erase_object(key, second, table.clock->now())));
  expected.erase(expected.begin() + 1);
  table.restart();
  CHECK(table.lookup(key) == expected);
  CHECK(table.get(key) == 3);
  CHECK(take(table.store->capability<multi_valued>()->take_all("other", at(1s)))
          .empty());
  CHECK(table.size() == expected.size());
}

TEST_CASE("a file has the type that it was made with", "[dets]") {
  dets_fixture table;
  check_ok(table.start());
  table.put("k", 1);
  check_ok(table.store->stop());
  table.options.type = ets_type::bag;
  check_names(table.start(), errc::invalid_argument, table.path(),
              "holds a table of type set; dets_options::type is bag");
  CHECK(take(inspect_dets_file(table.path())).type == ets_type::set);
  CHECK(take(inspect_dets_file(table.path())).size == 1);
}

TEST_CASE("a path names a file or a directory", "[dets]") {
  temporary_folder folder;
  auto try_path = [&](const std::string& path, std::string_view name) {
    auto store = dets_options{.file_path = path}.make({"a/cache"});
    check_ok(store->start());
    CHECK(store->capability<dets_backend>()->details().file == name);
    check_ok(store->stop());
    CHECK(std::filesystem::is_regular_file(name));
  };
  try_path(folder.path(), folder.path() + "/a%2Fcache.dets");
  try_path(folder.path() + "/deep/er/",
           folder.path() + "/deep/er/a%2Fcache.dets");
  try_path(folder.path() + "/other/file", folder.path() + "/other/file");
}

TEST_CASE("what was written is read at once, in memory or not", "[dets]") {
  dets_fixture table{{.ram_file = true}};
  check_ok(table.start());
  auto empty = bytes_of(table.path());
  // More than another table would keep back.
  constexpr int count = 70'000;
  for (int i = 0; i < count; ++i)
    table.put(std::to_string(i), i);
  CHECK(table.backend().details().unwritten == count);
  CHECK(bytes_of(table.path()) == empty);
  CHECK(table.get("7") == 7);
  CHECK(table.size() == count);
  check_ok(table.backend().sync());
  CHECK(table.backend().details().unwritten == 0);
  CHECK(table.get("7") == 7);
  CHECK(table.erase("7"));
  table.put("8", 80);
  CHECK(table.backend().details().unwritten == 2);
  CHECK(!table.get("7"));
  CHECK(table.get("8") == 80);
  CHECK(table.size() == count - 1);
  CHECK(table.all(512).size() == count - 1);
}

TEST_CASE("a file that is read only is read and not written", "[dets]") {
  dets_fixture table;
  check_ok(table.start());
  table.put("k", 1, at(1s));
  table.put("l", 2);
  check_ok(table.store->stop());
  auto before = bytes_of(table.path());
  table.options.read_only = true;
  check_ok(table.start());
  CHECK(table.get("k") == 1);
  auto refused = table.store->put("k", make_entry(2), table.clock->now());
  check_names(refused.error(), errc::not_supported, table.path(), "read_only");
  CHECK(table.store->clear() == errc::not_supported);
  CHECK(table.store->erase("k", at(0s)).error() == errc::not_supported);
  CHECK(table.store->sweep(at(1h)) == 0);
  SECTION("any number may read") {
    auto other = table.options.make({"other"});
    check_ok(other->start());
    CHECK(take(other->size(at(0s))) == 2);
    check_ok(other->stop());
  }
  SECTION("who writes must be alone") {
    auto other = dets_options{.file_path = table.path()}.make({"other"});
    check_names(other->start(), errc::unavailable, table.path(), "in use");
  }
  check_ok(table.store->stop());
  CHECK(bytes_of(table.path()) == before);
  table.options.file_path = table.folder.path() + "/none";
  check_names(table.start(), errc::io_error, "none", "No such file");
}

TEST_CASE("a sweep frees what is over, a part at a time", "[dets]") {
  dets_fixture table{
    {.type = GENERATE(ets_type::set, ets_type::duplicate_bag)}};
  check_ok(table.start());
  for (int i = 0; i < 3000; ++i)
    table.put(std::to_string(i), i, i % 3 == 0 ? at(1s) : never);
  check_ok(table.backend().sync());
  for (int i = 3000; i < 3300; ++i) // these are in memory
    table.put(std::to_string(i), i, at(1s));
  table.set_clock(at(1s));
  size_t freed = 0;
  for (int round = 0; round < 20; ++round) {
    auto now = table.sweep();
    CHECK(now < 1000);
    freed += now;
  }
  CHECK(freed == 1300);
  CHECK(table.size() == 2000);
  CHECK(table.all().size() == 2000);
}

TEST_CASE("a sweep is followed by another one while there is something to free",
          "[dets]") {
  dets_fixture table;
  table.options.ram_file = GENERATE(false, true);
  check_ok(table.start());
  for (int i = 0; i < 5000; ++i)
    table.put(std::to_string(i), i, i < 4000 ? at(1s) : never);
  if (!table.options.ram_file)
    check_ok(table.backend().sync());
  table.set_clock(at(1s));
  size_t sweeps = 0;
  do {
    CHECK(table.sweep() < 2000);
    ++sweeps;
  } while (table.store->sweep_pending());
  CHECK(sweeps > 3);
  CHECK(sweeps < 200);
  CHECK(table.size() < 1600);
  table.sweep();
  CHECK(!table.store->sweep_pending());
}

TEST_CASE("a table answers as a map does, through restarts", "[dets]") {
  auto seed = GENERATE(1u, 2u, 3u);
  dets_fixture table{{.sync = any_policy()}};
  table.options.cache_size = GENERATE(size_t{0}, size_t{16} << 10,
                                      size_t{32} << 20);
  table.options.sync_interval = 1ms;
  table.hash = &weak_hash;
  check_ok(table.start());
  std::map<std::string, int> expected;
  std::mt19937 random{seed};
  auto check_all = [&] {
    auto way = random() % 2 == 0 ? direction::forward : direction::backward;
    auto all = table.all(1 + random() % 9, way);
    CHECK(all.size() == expected.size());
    CHECK(std::map<std::string, int>{all.begin(), all.end()} == expected);
    auto& order = *table.store->capability<ordered>();
    for (size_t i = 0; i + 1 < all.size(); ++i)
      CHECK(take(order.neighbour(all[i].first, way, at(0s)))
            == all[i + 1].first);
  };
  for (int step = 0; step < 1500; ++step) {
    auto pick = random() % 60;
    auto key = pick % 4 == 0 ? long_key(static_cast<char>(pick))
                             : std::to_string(pick);
    switch (random() % 8) {
      case 0:
        CHECK(table.erase(key) == (expected.erase(key) > 0));
        break;
      case 1:
        if (random() % 20 == 0)
          table.restart();
        break;
      case 2:
        if (random() % 8 == 0)
          check_ok(table.backend().sync());
        else if (random() % 8 == 0)
          check_all();
        break;
      case 3:
        if (random() % 100 == 0) {
          check_ok(table.store->clear());
          expected.clear();
        }
        break;
      case 4:
      case 5:
        table.put(key, step);
        expected[key] = step;
        break;
      default:
        CHECK(table.get(key)
              == (expected.count(key) > 0 ? std::optional{expected[key]}
                                          : std::nullopt));
    }
  }
  check_all();
  CHECK(table.size() == expected.size());
}

TEST_CASE("writers that wait for the disk share the wait, and lose nothing",
          "[dets]") {
  dets_fixture table{{.sync = sync_policy::every_write}};
  check_ok(table.start());
  test::on_threads(8, [&table](size_t writer) {
    for (int i = 0; i < 50; ++i) {
      take(table.store->update(
        "counter", table.clock->now(), [](const entry* current) {
          auto before = current != nullptr ? *current->value.as<int>() : 0;
          return change::store(make_entry(before + 1));
        }));
      take(table.store->put(fmt::format("{}-{}", writer, i), make_entry(i),
                            table.clock->now()));
    }
  });
  CHECK(table.get("counter") == 400);
  table.restart();
  CHECK(table.get("counter") == 400);
  CHECK(table.size() == 401);
}

TEST_CASE("options of dets that cannot be are refused", "[dets]") {
  auto refused = [](dets_options options, std::string_view option) {
    auto err = options.validate();
    CHECK(err == errc::invalid_argument);
    CHECK(
      message_of(err).starts_with(fmt::format("dets_options::{} is ", option)));
  };
  refused({.type = ets_type{7}}, "type");
  refused({.file_path = ""}, "file_path");
  refused({.file_path = std::string("a\0b", 3)}, "file_path");
  refused({.sync = sync_policy{9}}, "sync");
  refused({.sync_interval = 0s}, "sync_interval");
  refused({.ram_file = true, .read_only = true}, "ram_file");
  refused({.map_size = 4096}, "map_size");
}
