#include "actor_cache/adapters/agent.hpp"

#include "support/ets_world.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("objects of a key are looked up, added, taken and deleted", "[ets]") {
  auto table = open<int>(0, kinds().size());
  auto many = must(table->info()).table
              && must(table->info()).table->type != ets_type::set;
  CHECK(must(table->lookup("k")).empty());
  CHECK_FALSE(must(table->member("k")));
  must(table->insert_raw("k", 1));
  must(table->insert_raw({{"k", 2}, {"l", 3}}));
  CHECK(must(table->lookup("k")) == (many ? ints{1, 2} : ints{2}));
  CHECK(must(table->member("k")));
  CHECK_FALSE(must(table->insert_new("k", 4)));
  CHECK(must(table->insert_new("m", 4)));
  SECTION("delete_object removes what is equal") {
    CHECK(must(table->delete_object("k", 7)) == 0);
    CHECK(must(table->delete_object("k", 2)) == 1);
    CHECK(must(table->lookup("k")) == (many ? ints{1} : ints{}));
    CHECK(must(table->delete_object("none", 2)) == 0);
  }
  SECTION("take_all removes all") {
    CHECK(must(table->take_all("k")) == (many ? ints{1, 2} : ints{2}));
    CHECK(must(table->take_all("k")).empty());
    CHECK(must(table->size()) == 2);
  }
  SECTION("delete_all_objects") {
    must(table->delete_all_objects());
    CHECK(must(table->tab2list()).empty());
  }
  SECTION("insert_new of many stores all or none") {
    CHECK_FALSE(must(table->insert_new({{"x", 1}, {"k", 1}, {"y", 1}})));
    CHECK_FALSE(must(table->member("x")));
    CHECK_FALSE(must(table->member("y")));
    CHECK(must(table->insert_new({{"x", 1}, {"y", 1}})));
    CHECK(must(table->member("x")));
    CHECK(must(table->member("y")));
  }
  SECTION("init_table replaces everything") {
    auto n = 0;
    must(table->init_table([&]() -> std::optional<std::pair<std::string, int>> {
      if (++n > 2)
        return std::nullopt;
      return std::pair{std::to_string(n), n};
    }));
    CHECK(sorted(must(table->tab2list())) == int_objects{{"1", 1}, {"2", 2}});
  }
}

TEST_CASE("a duplicate_bag deletes all equal objects at once", "[ets]") {
  ets_world<int> table{kinds()[4]};
  for (auto x : {1, 2, 1})
    must(table->put("k", x));
  CHECK(must(table->delete_object("k", 1)) == 2);
  CHECK(must(table->lookup("k")) == ints{2});
}

TEST_CASE("a table says what it is", "[ets]") {
  auto table = open<int>(0, kinds().size());
  must(table->put("k", 1));
  auto info = must(table->info());
  CHECK(info.name == "table");
  CHECK(info.stats.size == 1);
  CHECK(info.stats.bytes > 0);
}

TEST_CASE("a table is saved to a file and loaded from it", "[ets]") {
  temporary_folder folder;
  auto path = folder.path() + "/table";
  auto table = open<visitor>(0, kinds().size());
  for (int i = 0; i < 500; ++i)
    must(table->put(std::to_string(i), {"role", i, 0}));
  auto before = must(table->tab2list());
  must(table->save_to(path));
  CHECK(must(inspect_ets_file(path)).size == 500);
  must(table->clear());
  must(table->put("stays", {}));
  CHECK(must(table->load_from(path)).name == "table");
  CHECK(must(table->size()) == 501);
  must(table->erase("stays"));
  CHECK(must(table->tab2list()) == before);
}

TEST_CASE("a file with values of another type loads nothing", "[ets]") {
  temporary_folder folder;
  auto path = folder.path() + "/table";
  ets_world<int> table{kinds()[0]};
  must(table->put("k", 1));
  must(table->save_to(path));
  auto other = must(cache<std::string, ets>::find(table.system(), "table"));
  must(table->clear());
  auto loaded = other.load_from(path);
  CHECK(code_of(loaded) == errc::type_mismatch);
  CHECK_THAT(text_of(loaded), ContainsSubstring(path));
  CHECK(must(table->size()) == 0);
  CHECK(code_of(other.load_from(folder.path() + "/none")) == errc::io_error);
}

TEST_CASE("entries are copied between caches with the lifetimes they have left",
          "[ets]") {
  auto table = open<int>(0, kinds().size());
  cache_spec spec;
  spec.name = "agent";
  spec.adapter = agent_options{};
  auto supervisor = must(start_supervisor(table.system(), {table.timed(spec)}));
  auto agent = table.find<int>("agent");
  must(table->put("a", 1, 1h));
  must(table->put("b", 2));
  table.clock()->advance(10min);
  CHECK(must(table->copy_to(agent)) == 2);
  auto left = must(agent.ttl_of("a"))->span();
  CHECK(left <= 50min);
  CHECK(left > 49min); // by mail the time of the call is that of the process
  CHECK(must(agent.ttl_of("b")) == ttl{infinite});
  must(table->clear());
  CHECK(must(table->copy_from(agent)) == 2);
  CHECK(must(table->get("b")) == 2);
  must(stop_supervisor(table.system(), supervisor));
}

TEST_CASE("a handle for ets is refused by a cache of another adapter",
          "[ets]") {
  world w;
  cache_spec spec;
  spec.name = "agent";
  spec.adapter = agent_options{};
  w.start({spec});
  CHECK(code_of(cache<int, ets>::find(w.system(), "agent"))
        == errc::invalid_argument);
}

TEST_CASE("a cache with a file saves it when it is stopped", "[ets]") {
  temporary_folder folder;
  cache_spec spec;
  spec.name = "kept";
  spec.adapter = ets_options{.rehydration_path = folder.path()};
  {
    world w;
    w.start({w.timed(spec)});
    must(w.find<int>("kept").put("k", 1));
    w.stop();
  }
  world w;
  w.start({w.timed(spec)});
  CHECK(must(w.find<int>("kept").get("k")) == 1);
}

TEST_CASE("the counters of a bag count objects", "[ets]") {
  auto table = open<int>(3, kinds().size() - 3);
  auto removed = [&](uint64_t erased, uint64_t replaced, uint64_t expired) {
    auto seen = must(table->stats());
    CHECK(seen.erased == erased);
    CHECK(seen.replaced == replaced);
    CHECK(seen.expired == expired);
    CHECK(seen.puts == seen.size + seen.removed());
  };
  for (auto x : {1, 2, 3})
    must(table->put("k", x));
  removed(0, 0, 0);
  SECTION("erase") {
    must(table->erase("k"));
    removed(3, 0, 0);
  }
  SECTION("take") {
    CHECK(must(table->take("k")) == 3);
    removed(3, 0, 0);
  }
  SECTION("clear") {
    must(table->clear());
    CHECK(must(table->stats()).cleared == 3);
    removed(0, 0, 0);
  }
  SECTION("update") {
    must(table->update("k", [](auto x) { return *x + 1; }));
    removed(0, 1, 0);
  }
  SECTION("select_replace") {
    auto next = [](const auto&, int x) { return x + 10; };
    CHECK(must(table->select_replace(match::any, next)) == 3);
    removed(0, 3, 0);
  }
  SECTION("select_delete") {
    CHECK(must(table->select_delete(match::value > 1)) == 2);
    removed(2, 0, 0);
  }
  SECTION("objects whose time is over") {
    must(table->put("k", 4, 1s));
    table.clock()->advance(1s);
    must(table->erase("k"));
    removed(3, 0, 1);
  }
}
