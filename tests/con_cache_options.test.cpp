#include "support/con_cache_fixture.hpp"
#include "support/ets_world.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>

using namespace actor_cache;
using namespace actor_cache::test;

// What the options of con_cache do, and the table of ets that is below it.

// -- lifetimes ----------------------------------------------------------------

TEST_CASE("entries live as long as global_ttl says, unless the cache does",
          "[con_cache]") {
  con_world w{{.global_ttl = 10s}};
  auto xs = w.open();
  must(xs.put("a", 1));
  CHECK(must(xs.ttl_of("a")) == ttl{10s});
  con_world other{{.global_ttl = 10s}, {.default_ttl = 3s}};
  auto ys = other.open();
  must(ys.put("a", 1));
  CHECK(must(ys.ttl_of("a")) == ttl{3s});
}

TEST_CASE("a read lets a lifetime begin anew where it is to", "[con_cache]") {
  con_world w{{.touch_on_read = true}};
  auto xs = w.open();
  must(xs.put("a", 1, 10s));
  must(xs.put("b", 1));
  w.clock()->advance(8s);
  CHECK(must(xs.get("a")) == 1);
  CHECK(must(xs.get("b")) == 1);
  CHECK(must(xs.ttl_of("a")) == ttl{10s});
  CHECK(must(xs.ttl_of("b")) == ttl{infinite});
  w.clock()->advance(8s);
  CHECK(must(xs.touch("a", 4s)));
  w.clock()->advance(3s);
  CHECK(must(xs.get("a")) == 1);
  CHECK(must(xs.ttl_of("a")) == ttl{4s});
  w.clock()->advance(4s);
  CHECK(must(xs.get("a")) == std::nullopt);
}

TEST_CASE("a read lets the lifetime begin anew that an entry was loaded with",
          "[con_cache]") {
  temporary_folder folder;
  con_cache_options options{.touch_on_read = true,
                            .ets_options
                            = {.compressed = GENERATE(false, true),
                               .rehydration_path = folder.path() + "/tables"}};
  auto snapshot = folder.path() + "/snapshot";
  {
    con_world w{options};
    auto xs = w.open();
    must(xs.put("a", 1, 1h));
    must(xs.put("b", 2));
    must(xs.save_snapshot(snapshot));
  }
  auto by_snapshot = GENERATE(false, true);
  if (by_snapshot)
    options.ets_options.rehydration_path.clear();
  con_world w{options};
  auto xs = w.open();
  if (by_snapshot)
    must(xs.load_snapshot(snapshot));
  // By the wall clock a part of the hour has gone by.
  auto lifetime = must(xs.scan()).entries;
  REQUIRE(lifetime.size() == 2);
  auto left = std::max(lifetime[0].second.remaining.span() % 1h,
                       lifetime[1].second.remaining.span() % 1h);
  w.clock()->advance(left - 1s);
  CHECK(must(xs.get("a")) == 1);
  CHECK(must(xs.ttl_of("a")) == ttl{left});
  CHECK(must(xs.get("b")) == 2);
  CHECK(must(xs.ttl_of("b")) == ttl{infinite});
}

TEST_CASE("expired entries are freed as often as ttl_check_interval says",
          "[con_cache]") {
  con_world w{{.ttl_check_interval = 1ms}, {.sweep_interval = 1h}};
  auto xs = w.open();
  must(xs.put("a", 1, 1s));
  w.clock()->advance(1s);
  wait_until([&] { return must(xs.size()) == 0; });
}

// -- the table ----------------------------------------------------------------

TEST_CASE("ets_options say what table there is", "[con_cache]") {
  SECTION("shards") {
    con_world w{{.ets_options = {.shards = 8}}};
    CHECK(must(w.open().info()).table->shards == 8);
  }
  SECTION("write_concurrency") {
    con_world w{{.ets_options = {.write_concurrency = false}}};
    CHECK(must(w.open().info()).table->shards == 1);
    CHECK(must(con_world{}.open().info()).table->shards > 1);
  }
  SECTION("compressed") {
    auto bytes_of = [](bool compressed, int level) {
      con_world w{{.ets_options = {.compressed = compressed}},
                  {.compression = {.level = level}}};
      auto xs = w.open<std::string>();
      must(xs.put("a", std::string(100'000, 'x')));
      CHECK(must(xs.get("a"))->size() == 100'000);
      CHECK(must(xs.info()).table->compressed == compressed);
      return must(xs.stats()).bytes;
    };
    CHECK(bytes_of(true, 0) > 100'000); // encoded
    CHECK(bytes_of(true, 1) < 10'000);
    CHECK(bytes_of(false, 1) < 1'000); // an object, with memory of its own
  }
  SECTION("compressed, whose values events still have") {
    std::atomic<int> told{0};
    con_cache_options options{.ttl_check_interval = 1ms,
                              .ets_options = {.compressed = true}};
    options.on_event = [&](const cache_event& x) {
      told += x.value.as<int>().value();
    };
    con_world w{options};
    auto xs = w.open();
    must(xs.put("a", 1, 1s));
    w.clock()->advance(1s);
    wait_until([&] { return told == 2; }); // stored and expired
  }
  SECTION("rehydration_path") {
    temporary_folder folder;
    con_cache_options options{
      .ets_options = {.rehydration_path = folder.path()}};
    std::string file;
    {
      con_world w{options};
      must(w.open().put("a", 1));
      file = must(w.open().info()).table->file;
    }
    CHECK(file.starts_with(folder.path()));
    con_world w{options};
    CHECK(must(w.open().get("a")) == 1);
  }
  SECTION("read_concurrency and decentralized_counters, which change nothing") {
    con_world w{{.ets_options = {.read_concurrency = false,
                                 .decentralized_counters = false}}};
    auto xs = w.open();
    must(xs.put("a", 1));
    CHECK(must(xs.size()) == 1);
    CHECK(must(xs.info()).table->shards
          == must(con_world{}.open().info()).table->shards);
  }
}

TEST_CASE("con_cache has the calls of ets", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  must(xs.insert_raw({{"a", 1}, {"b", 2}, {"c", 3}}));
  auto large = match::value >= 2;
  SECTION("reads of objects") {
    CHECK(must(xs.lookup("b")) == ints{2});
    CHECK(must(xs.lookup("none")).empty());
    CHECK(must(xs.member("b")));
  }
  SECTION("writes of objects") {
    CHECK_FALSE(must(xs.insert_new("a", 7)));
    CHECK(must(xs.insert_new({{"d", 4}, {"e", 5}})));
    must(xs.insert_raw("a", 8)); // in the place of the one that was there
    CHECK(must(xs.lookup("a")) == ints{8});
    CHECK(must(xs.delete_object("a", 1)) == 0);
    CHECK(must(xs.delete_object("a", 8)) == 1);
    CHECK(must(xs.take_all("b")) == ints{2});
    CHECK(must(xs.size()) == 3);
  }
  SECTION("matches") {
    CHECK(sorted(must(xs.match_object(large)))
          == int_objects{{"b", 2}, {"c", 3}});
    CHECK(sorted(must(xs.select(large, [](auto&, int x) { return -x; })))
          == ints{-3, -2});
    CHECK(must(xs.select_count(large)) == 2);
  }
  SECTION("changes of all that match") {
    CHECK(must(xs.select_replace(large, [](auto&, int x) { return x * 10; }))
          == 2);
    CHECK(must(xs.match_delete(match::value == 20)) == 1);
    CHECK(must(xs.select_delete(match::value == 1)) == 1);
    CHECK(must(xs.tab2list()) == int_objects{{"c", 30}});
  }
  SECTION("walks through the table") {
    auto list = must(xs.tab2list());
    REQUIRE(list.size() == 3);
    CHECK(must(xs.first()) == list[0].first);
    CHECK(must(xs.next(list[0].first)) == list[1].first);
    CHECK(must(xs.last()) == list[2].first);
    CHECK(must(xs.foldl(0, [](int sum, auto&, int x) { return sum + x; }))
          == 6);
  }
  SECTION("counts") {
    CHECK(must(xs.update_counter("a", 5)) == 6);
    CHECK(must(xs.update_counter("new", 1, 10)) == 11);
  }
  SECTION("copies") {
    must(start_child(w.system(), w.supervisor(), cache_spec{.name = "copy"}));
    auto copy = w.find<int>("copy");
    CHECK(must(xs.copy_to(copy)) == 3);
    CHECK(must(copy.get("c")) == 3);
  }
  SECTION("but no bags") {
    cache_spec bags{
      .name = "bags",
      .adapter = con_cache_options{.ets_options = {.type = ets_type::bag}},
    };
    auto refused = start_child(w.system(), w.supervisor(), bags);
    CHECK(code_of(refused) == errc::invalid_argument);
    CHECK(text_of(refused).find("of the type bag") != std::string::npos);
  }
}

// -- what is refused ----------------------------------------------------------

TEST_CASE("wrong options of con_cache are refused", "[con_cache]") {
  auto text = [](con_cache_options x) { return message_of(x.validate()); };
  CHECK(text({}).empty());
  CHECK(text({.acquire_lock_timeout = 0s})
          .find("con_cache_options::acquire_lock_timeout is ")
        == 0);
  CHECK(text({.global_ttl = 0s}).find("con_cache_options::global_ttl is ")
        == 0);
  CHECK(text({.ttl_check_interval = -1s})
          .find("con_cache_options::ttl_check_interval is ")
        == 0);
  CHECK(text({.ets_options = {.type = ets_type::bag}})
          .find("con_cache_options::ets_options is of the type bag")
        == 0);
  CHECK(text({.ets_options = {.shards = 3}})
          .find("con_cache_options::ets_options::shards is 3")
        == 0);
  CHECK(text({.event_capacity = 0})
        == "con_cache_options::event_capacity is 0; accepted is 1 or more");
}
