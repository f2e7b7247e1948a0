// What is kept in memory of a table in a file.

#include "support/dets_fixture.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include <atomic>
#include <future>

namespace {

constexpr size_t kilobyte = 1024;

std::string key_of(int index) {
  return fmt::format("key{}", index);
}

} // namespace

TEST_CASE("what is read is kept in memory, up to a limit", "[dets]") {
  dets_fixture table{{.type = GENERATE(ets_type::set, ets_type::bag),
                      .cache_size = 256 * kilobyte}};
  check_ok(table.start());
  constexpr int count = 5000; // several times the limit
  for (int i = 0; i < count; ++i)
    table.put(key_of(i), i);
  CHECK(table.backend().details().unwritten == count);
  check_ok(table.backend().sync());
  auto cached = [&] { return table.backend().details().cached; };
  CHECK(cached() > 128 * kilobyte);
  CHECK(cached() <= 256 * kilobyte);
  table.restart();
  CHECK(cached() == 0);
  CHECK(table.get("key7") == 7);
  auto one = cached();
  CHECK(one > 0);
  CHECK(table.get("key7") == 7);
  CHECK(cached() == one);
  for (int i = 0; i < count; ++i)
    if (table.get(key_of(i)) != i)
      FAIL("another value");
  CHECK(cached() > 128 * kilobyte);
  CHECK(cached() <= 256 * kilobyte);
}

TEST_CASE("what is read again and again stays in memory", "[dets]") {
  dets_fixture table{{.cache_size = 256 * kilobyte}};
  check_ok(table.start());
  std::string mark(100, '!');
  auto put = [&](const std::string& key, const std::string& value) {
    take(table.store->put(key, {term::of(value)}, at(0s)));
  };
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i)
    table.put(key_of(i), i);
  put("kept", mark);
  table.restart();
  auto kept = [&] { return table.store->get("kept", at(0s)); };
  CHECK(take(kept()));
  // From now on whoever reads it from the file sees that it is damaged.
  {
    auto where = bytes_of(table.path()).find(mark);
    REQUIRE(where != std::string::npos);
    std::fstream file{table.path(),
                      std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(where));
    file << '?';
  }
  for (int i = 0; i < count; ++i) {
    table.get(key_of(i));
    if (i % 100 == 0)
      CHECK(take(take(kept())->value.as<std::string>()) == mark);
  }
  // What is read once goes through.
  for (int i = 0; i < count; ++i)
    table.get(key_of(i));
  auto from_file = take(kept());
  REQUIRE(from_file);
  CHECK(from_file->value.as<std::string>().error() == errc::corrupt_value);
}

TEST_CASE("a cache of no size keeps what waits to be written alone", "[dets]") {
  dets_fixture table{{.cache_size = 0}};
  check_ok(table.start());
  table.put("k", 1);
  CHECK(table.get("k") == 1);
  CHECK(table.backend().details().unwritten == 1);
  check_ok(table.backend().sync());
  CHECK(table.get("k") == 1);
  CHECK(table.get("k") == 1);
  CHECK(table.backend().details().cached == 0);
  CHECK(table.backend().details().unwritten == 0);
}

TEST_CASE("what is erased, over or cleared takes no memory any more",
          "[dets]") {
  dets_fixture table;
  check_ok(table.start());
  table.put("k", 1, at(1s));
  table.put("l", 1);
  check_ok(table.backend().sync());
  CHECK(table.get("k") == 1);
  CHECK(table.get("l") == 1);
  table.set_clock(at(1s));
  CHECK(!table.get("k"));
  SECTION("after a sweep") {
    CHECK(table.sweep() == 1);
    CHECK(table.erase("l"));
  }
  SECTION("after a clear") {
    check_ok(table.store->clear());
  }
  CHECK(!table.get("l"));
  check_ok(table.backend().sync());
  CHECK(table.backend().details().cached == 0);
  CHECK(!table.get("k"));
  CHECK(!table.get("l"));
  CHECK(table.backend().details().cached == 0);
}

TEST_CASE("a key that is written many times waits once", "[dets]") {
  dets_fixture table{{.sync_interval = 1h}};
  check_ok(table.start());
  for (int i = 0; i < 1000; ++i)
    table.put("k", i);
  CHECK(table.backend().details().unwritten == 1);
  CHECK(table.get("k") == 999);
  table.restart();
  CHECK(table.get("k") == 999);
}

TEST_CASE("readers never see what was before, however little memory there is",
          "[dets]") {
  dets_fixture table{
    {.type = GENERATE(ets_type::set, ets_type::bag),
     .sync = sync_policy::never,
     .sync_interval = 1ms,
     .cache_size = GENERATE(size_t{0}, 16 * kilobyte, 1024 * kilobyte)}};
  check_ok(table.start());
  constexpr int keys = 200;
  constexpr int rounds = 150;
  for (int i = 0; i < keys; ++i)
    table.put(key_of(i), 0);
  std::atomic<bool> done{false};
  std::atomic<int> went_back{0};
  auto read = [&] {
    std::vector<int> last(keys);
    while (!done)
      for (int i = 0; i < keys; ++i) {
        auto found = table.store->get(key_of(i), at(0s));
        auto value = found && *found ? take((*found)->value.as<int>()) : 0;
        if (value < last[i])
          ++went_back;
        last[i] = value;
      }
  };
  std::vector<std::future<void>> readers;
  for (int i = 0; i < 2; ++i)
    readers.push_back(std::async(std::launch::async, read));
  for (int round = 1; round <= rounds; ++round) {
    for (int i = 0; i < keys; ++i)
      table.put(key_of(i), round);
    if (round % 8 == 0)
      check_ok(table.backend().sync());
  }
  done = true;
  for (auto& x : readers)
    x.get();
  CHECK(went_back == 0);
  for (int i = 0; i < keys; ++i)
    if (table.get(key_of(i)) != rounds)
      FAIL("an old value stays");
}

TEST_CASE("who goes through a table while it changes misses nothing",
          "[dets]") {
  dets_fixture table{{.sync = sync_policy::never, .sync_interval = 1ms}};
  check_ok(table.start());
  constexpr int keys = 300;
  for (int i = 0; i < keys; ++i)
    table.put(key_of(i), 0);
  std::atomic<bool> done{false};
  auto writer = std::async(std::launch::async, [&] {
    for (int round = 1; !done; ++round)
      for (int i = 0; i < keys && !done; i += 2) {
        table.put(key_of(i), round);
        table.put(fmt::format("new{}", i), round);
        table.erase(fmt::format("new{}", i - 20));
      }
  });
  for (int round = 0; round < 40; ++round) {
    size_t seen = 0;
    std::string last;
    for (const auto& [key, value] : table.all(7)) {
      if (!last.empty() && key <= last)
        FAIL("out of order: " << key);
      last = key;
      seen += key.starts_with("key") ? 1 : 0;
    }
    CHECK(seen == keys);
  }
  done = true;
  writer.get();
}
