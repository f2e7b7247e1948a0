// What must not wait for the disk, while another thread does.

#include "support/dets_fixture.hpp"
#include "support/disk_gate.hpp"
#include "support/world.hpp"

#include "actor_cache/dets.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

using pairs = std::vector<std::pair<std::string, int>>;

/// A table with keys in the tree, others that are being written to it while the
/// disk makes them wait, and others that wait in memory.
struct busy_table : dets_fixture {
  explicit busy_table(ets_type type)
    : dets_fixture{{.type = type, .sync_interval = 1ms}} {
    check_ok(start());
    for (auto key : {"a", "b", "c", "d", "e"})
      put(key, 1);
    check_ok(backend().sync());
    gate.emplace();
    put("b", 2);
    put("f", 2);
    erase("c");
    gate->await_visitor(); // the table's own thread, with these
    put("b2", 3);
    put("f", 3);
    erase("d");
  }

  /// Lets the disk go on, and checks that nobody had to wait for it.
  void finish() {
    CHECK_FALSE(gate->gave_up());
    gate->open();
  }

  std::optional<disk_gate> gate;
};

} // namespace

TEST_CASE("who goes through a table does not wait for the disk", "[dets]") {
  auto type = GENERATE(ets_type::set, ets_type::bag);
  busy_table table{type};
  auto expected = type == ets_type::set
                    ? pairs{{"a", 1}, {"b", 2}, {"b2", 3}, {"e", 1}, {"f", 3}}
                    : pairs{{"a", 1}, {"b", 1}, {"b", 2}, {"b2", 3},
                            {"e", 1}, {"f", 2}, {"f", 3}};
  for (size_t limit : {1, 2, 3, 100}) {
    CAPTURE(limit);
    CHECK(table.all(limit) == expected);
    auto back = table.all(limit, direction::backward);
    std::reverse(back.begin(), back.end());
    CHECK(back == expected);
  }
  auto& order = *table.store->capability<ordered>();
  auto next = [&](std::optional<std::string_view> key, direction way) {
    return take(order.neighbour(key, way, at(0s)));
  };
  CHECK(next({}, direction::forward) == "a");
  CHECK(next("b", direction::forward) == "b2");
  CHECK(next("b2", direction::forward) == "e");
  CHECK(next("f", direction::forward) == std::nullopt);
  CHECK(next({}, direction::backward) == "f");
  CHECK(next("e", direction::backward) == "b2");
  CHECK(next("b2", direction::backward) == "b");
  CHECK(next("a", direction::backward) == std::nullopt);
  CHECK(table.size() == expected.size());
  table.finish();
  table.restart();
  CHECK(table.all() == expected);
}

TEST_CASE("who clears a table does not wait for the disk", "[dets]") {
  busy_table table{GENERATE(ets_type::set, ets_type::bag)};
  check_ok(table.store->clear());
  auto after = pairs{};
  SECTION("and leaves nothing") {
  }
  SECTION("and may write again") {
    table.put("b", 4);
    table.put("x", 4);
    after = {{"b", 4}, {"x", 4}};
  }
  CHECK(!table.get("a"));
  CHECK(!table.get("f"));
  CHECK(table.all(1) == after);
  CHECK(table.size() == after.size());
  CHECK(table.sweep() == 0);
  table.finish();
  check_ok(table.backend().sync());
  CHECK(table.all(1) == after);
  table.restart();
  CHECK(table.all() == after);
  CHECK(table.size() == after.size());
}

TEST_CASE("a write wins over an earlier clear, and that over earlier writes",
          "[dets]") {
  dets_fixture table{
    {.sync = GENERATE(sync_policy::every_write, sync_policy::interval,
                      sync_policy::never),
     .sync_interval = 1h}};
  check_ok(table.start());
  auto sync = GENERATE(false, true);
  auto maybe_sync = [&] {
    if (sync)
      check_ok(table.backend().sync());
  };
  table.put("a", 1);
  table.put("b", 1);
  maybe_sync();
  check_ok(table.store->clear());
  maybe_sync();
  table.put("a", 2);
  CHECK(table.all() == pairs{{"a", 2}});
  check_ok(table.store->clear());
  CHECK(table.all().empty());
  table.put("b", 3);
  CHECK(table.all() == pairs{{"b", 3}});
  table.restart();
  CHECK(table.all() == pairs{{"b", 3}});
  CHECK(table.size() == 1);
}

TEST_CASE("a cache answers while it syncs", "[dets]") {
  temporary_folder folder;
  world w;
  w.start(
    {w.timed({.name = "table",
              .adapter = dets_options{.file_path = folder.path(),
                                      .sync = GENERATE(sync_policy::interval,
                                                       sync_policy::never),
                                      .sync_interval = 1h}})});
  auto table = must(cache<int, dets>::find(w.system(), "table"));
  must(table.put("k", 1));
  auto by_mail = cache<int, dets>::over_mail(w.system(), "table",
                                             must(table.actor()));
  disk_gate gate;
  std::atomic<bool> over{false};
  caf::expected<void> synced;
  std::jthread waits{[&] {
    synced = by_mail.sync();
    over = true;
  }};
  gate.await_visitor();
  CHECK(must(by_mail.get("k")) == 1);
  must(by_mail.put("k", 2));
  CHECK(must(by_mail.get("k")) == 2);
  CHECK_FALSE(over);
  CHECK_FALSE(gate.gave_up());
  gate.open();
  waits.join();
  must(synced);
}

TEST_CASE("what was put after a clear is there while it goes to the disk",
          "[dets]") {
  dets_fixture table{{.sync = sync_policy::never, .cache_size = 0}};
  check_ok(table.start());
  constexpr auto count = 3000;
  for (auto round = 0; round < 10; ++round) {
    check_ok(table.store->clear());
    for (auto i = 0; i < count; ++i)
      table.put(std::to_string(i), round);
    std::atomic<bool> written{false};
    std::thread writer{[&] {
      static_cast<void>(table.backend().sync());
      written = true;
    }};
    size_t missing = 0;
    do
      for (auto i = 0; i < count; ++i)
        missing += table.get(std::to_string(i)) == round ? 0 : 1;
    while (!written);
    writer.join();
    CHECK(missing == 0);
    CHECK(table.size() == count);
  }
}
