#include "support/temporary_folder.hpp"
#include "support/world.hpp"

#include "actor_cache/adapters/agent.hpp"
#include "actor_cache/dets.hpp"
#include "actor_cache/ets.hpp"
#include "actor_cache/match.hpp"
#include "actor_cache/sandbox.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct visitor {
  std::string role;
  int visits = 0;

  friend bool operator==(const visitor&, const visitor&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(role, visits);
  }
};

/// A running cache in a file, and a handle to it by one of the roads.
template <class V>
class dets_world : public world {
public:
  explicit dets_world(dets_options options, bool by_mail = false)
    : by_mail_(by_mail) {
    options.file_path = folder_.path();
    cache_spec table{.name = "table", .adapter = options};
    cache_spec other{.name = "other", .adapter = ets_options{}};
    start({timed(table), timed(other)});
    auto found = must(cache<V, dets>::find(system(), "table"));
    xs = by_mail
           ? cache<V, dets>::over_mail(system(), "table", must(found.actor()))
           : found;
  }

  cache<V, dets>* operator->() {
    return &*xs;
  }

  bool by_mail() const noexcept {
    return by_mail_;
  }

private:
  temporary_folder folder_{"/dev/shm"};
  bool by_mail_;
  std::optional<cache<V, dets>> xs;
};

template <class V>
dets_world<V> open(ets_type type) {
  auto policy = GENERATE(sync_policy::interval, sync_policy::every_write);
  auto by_mail = GENERATE(false, true);
  CAPTURE(policy, by_mail);
  return dets_world<V>{{.type = type, .sync = policy}, by_mail};
}

using ints = std::vector<int>;

} // namespace

TEST_CASE("the calls of ets work in a file", "[dets]") {
  auto table = open<visitor>(ets_type::set);
  for (int i = 0; i < 300; ++i)
    must(table->insert_raw(std::to_string(i), {i % 3 == 0 ? "admin" : "", i}));
  auto admins = match::field(&visitor::role) == "admin";
  CHECK(must(table->select(admins)).size() == 100);
  CHECK(must(table->select_count(admins)) == 100);
  CHECK(must(table->match_object(admins, 7)).results.size() >= 7);
  CHECK(must(table->member("7")));
  CHECK(must(table->lookup("7")) == std::vector{visitor{"", 7}});
  CHECK_FALSE(must(table->insert_new("7", {})));
  CHECK(must(table->insert_new({{"x", {}}, {"y", {}}})));
  CHECK(must(table->update_counter("x", &visitor::visits, 5)) == 5);
  CHECK(must(table->update_element("x", &visitor::role, "guest")));
  CHECK(must(table->lookup_element("x", &visitor::role)) == "guest");
  CHECK(must(table->select_delete(admins)) == 100);
  CHECK(must(table->select_replace(match::key == "x",
                                   [](const auto&, const visitor& x) {
                                     return visitor{x.role, 6};
                                   }))
        == 1);
  CHECK(must(table->take_all("x")) == std::vector{visitor{"guest", 6}});
  CHECK(must(table->delete_object("y", {})) == 1);
  CHECK(must(table->size()) == 200);
  auto sum = [](int x, const std::string&, const visitor& y) {
    return x + y.visits;
  };
  CHECK(must(table->foldl(0, sum)) == must(table->foldr(0, sum)));
  CHECK(must(table->first()) == "1");
  CHECK(must(table->next("1")) == "10");
  CHECK(must(table->prev("10")) == "1");
  CHECK(must(table->last()) == "98");
  must(table->delete_all_objects());
  CHECK(must(table->tab2list()).empty());
}

TEST_CASE("a table in a file is searched page by page", "[dets]") {
  auto table = open<visitor>(ets_type::set);
  for (int i = 0; i < 100; ++i) {
    must(table->put(std::to_string(i), {i % 2 == 0 ? "admin" : "", i}));
    if (i == 50)
      must(table->sync()); // the others wait in memory
  }
  auto admins = match::field(&visitor::role) == "admin";
  std::vector<int> seen;
  std::string cursor;
  size_t pages = 0;
  do {
    auto page = must(table->select(
      admins, [](const auto&, const visitor& x) { return x.visits; }, 7,
      cursor));
    seen.insert(seen.end(), page.results.begin(), page.results.end());
    cursor = page.cursor;
    ++pages;
  } while (!cursor.empty());
  CHECK(pages > 3);
  std::sort(seen.begin(), seen.end());
  ints expected;
  for (int i = 0; i < 100; i += 2)
    expected.push_back(i);
  CHECK(seen == expected);
  CHECK(code_of(table->select(admins, 2, "no cursor"))
        == errc::invalid_argument);
  CHECK(must(table->match_delete(admins)) == 50);
  CHECK(must(table->select_count(admins)) == 0);
  CHECK(must(table->size()) == 50);
}

TEST_CASE("members of values in a file are read and counted", "[dets]") {
  auto table = open<visitor>(ets_type::set);
  must(table->put("u", {"guest", 3}));
  CHECK(must(table->lookup_elements("u", &visitor::visits)) == ints{3});
  CHECK(must(table->lookup_elements("none", &visitor::visits)).empty());
  counter_step<int> up{.step = 4, .limit = 10, .reset_to = 1};
  CHECK(must(table->update_counter("u", &visitor::visits, up)) == 7);
  CHECK(must(table->update_counter("u", &visitor::visits, up)) == 1);
  CHECK(must(table->get("u")) == visitor{"guest", 1});
}

TEST_CASE("a table in a file is saved, loaded and made anew", "[dets]") {
  auto table = open<int>(ets_type::set);
  temporary_folder folder;
  auto path = folder.path() + "/table";
  for (int i = 0; i < 300; ++i)
    must(table->put(std::to_string(i), i, i % 2 == 0 ? ttl{1h} : infinite));
  auto before = must(table->tab2list());
  must(table->save_to(path));
  CHECK(must(inspect_ets_file(path)).size == 300);
  auto n = 0;
  must(table->init_table([&]() -> std::optional<std::pair<std::string, int>> {
    if (++n > 2)
      return std::nullopt;
    return std::pair{"new" + std::to_string(n), n};
  }));
  CHECK(must(table->tab2list())
        == std::vector<std::pair<std::string, int>>{{"new1", 1}, {"new2", 2}});
  CHECK(must(table->load_from(path)).name == "table");
  CHECK(must(table->size()) == 302);
  must(table->erase_many({"new1", "new2"}));
  CHECK(must(table->tab2list()) == before);
  CHECK(must(table->ttl_of("1")) == ttl{infinite});
  auto left = must(table->ttl_of("2"))->span();
  CHECK(left <= 1h);
  CHECK(left > 55min); // by the wall clock
}

TEST_CASE("a lifetime that was touched counts after a restart", "[dets]") {
  temporary_folder folder;
  world w;
  w.start({w.timed(
    {.name = "table", .adapter = dets_options{.file_path = folder.path()}})});
  auto table = must(cache<int, dets>::find(w.system(), "table"));
  auto restart = [&] {
    must(terminate_child(w.system(), w.supervisor(), "table"));
    must(restart_child(w.system(), w.supervisor(), "table"));
    table = must(cache<int, dets>::find(w.system(), "table"));
  };
  auto left = [&](std::string_view key) {
    return must(table.ttl_of(key))->span();
  };
  must(table.put("long", 1, 1h));
  must(table.put("short", 2, 1h));
  must(table.put("endless", 3));
  restart();
  CHECK(left("long") > 55min);
  CHECK(must(table.touch("short", 10s)));
  CHECK(must(table.touch("endless", 30min)));
  CHECK(left("short") == 10s);
  restart();
  CHECK(left("short") <= 10s);
  CHECK(left("endless") <= 30min);
  CHECK(left("endless") > 25min);
  w.clock()->advance(10s);
  CHECK(must(table.get("short")) == std::nullopt);
  CHECK(must(table.get("endless")) == 3);
  CHECK_FALSE(must(table.touch("short", 1h)));
  CHECK(must(table.get("long")) == 1);
}

TEST_CASE("a bag in a file has its calls", "[dets]") {
  dets_world<int> table{
    {.type = ets_type::duplicate_bag,
     .sync = GENERATE(sync_policy::interval, sync_policy::every_write)}};
  for (auto x : {1, 2, 1})
    must(table->insert_raw("k", x));
  CHECK(must(table->lookup("k")) == ints{1, 2, 1});
  CHECK(must(table->delete_object("k", 1)) == 2);
  CHECK(must(table->lookup("k")) == ints{2});
  must(table->put("k", 3, 1s));
  CHECK(must(table->select_delete(match::value == 2)) == 1);
  table.clock()->advance(1s);
  CHECK(must(table->take_all("k")).empty());
  auto stats = must(table->stats());
  CHECK(stats.puts == stats.size + stats.removed());
  CHECK(stats.expired == 1);
}

TEST_CASE("traverse goes on, collects, and ends as it is told", "[dets]") {
  auto table = open<int>(ets_type::set);
  for (int i = 0; i < 10; ++i)
    must(table->put(std::to_string(i), i));
  using step = traversal<int>;
  CHECK(must(table->traverse([](const auto&, int x) {
          return x % 2 == 0 ? step::next() : step::next(x);
        }))
        == ints{1, 3, 5, 7, 9});
  CHECK(must(table->traverse([](const auto&, int x) {
          return x == 3 ? step::done(30) : step::next();
        }))
        == ints{30});
  CHECK(must(table->traverse([](const auto&, int) { return step::done(); }))
          .empty());
  CHECK(code_of(table->traverse([](const auto&, int) -> step {
          throw std::runtime_error("no idea");
        }))
        == errc::exception);
}

TEST_CASE("tables go to ets and come from there", "[dets]") {
  auto table = open<int>(ets_type::set);
  auto other = must(cache<int, ets>::find(table.system(), "other"));
  must(table->put("a", 1, 1h));
  must(table->put("b", 2));
  table.clock()->advance(10min);
  CHECK(must(table->to_ets(other)) == 2);
  // By mail the time of the call is that of the process.
  auto about_50_minutes = [](const auto& left) {
    return left->span() <= 50min && left->span() > 49min;
  };
  CHECK(about_50_minutes(must(other.ttl_of("a"))));
  must(table->put("gone", 3));
  CHECK(must(table->from_ets(other)) == 2);
  CHECK(must(table->get("gone")) == std::nullopt);
  CHECK(about_50_minutes(must(table->ttl_of("a"))));
  CHECK(must(other.copy_from(*table.operator->())) == 2);
  SECTION("from what cannot be read nothing comes, and nothing goes") {
    auto itself = table->from_ets(*table.operator->());
    CHECK(code_of(itself) == errc::invalid_argument);
    CHECK(must(table->size()) == 2);
    must(terminate_child(table.system(), table.supervisor(), "other"));
    CHECK(code_of(table->from_ets(other)) == errc::cache_not_running);
    CHECK(must(table->size()) == 2);
  }
}

TEST_CASE("a table in a file says what it is, and syncs", "[dets]") {
  auto table = open<int>(ets_type::bag);
  must(table->put("k", 1));
  auto info = must(table->info());
  CHECK(info.name == "table");
  CHECK(info.stats.size == 1);
  CHECK(info.stats.bytes > 0);
  REQUIRE(info.table);
  CHECK(info.table->type == ets_type::bag);
  CHECK(info.table->file.ends_with("/table.dets"));
  must(table->sync());
  CHECK(must(table->info()).table->unwritten == 0);
  CHECK(must(table->info()).table->file_size > 0);
}

TEST_CASE("a cache in a file is warm after a restart", "[dets]") {
  temporary_folder folder;
  cache_spec spec{.name = "kept",
                  .adapter = dets_options{.file_path = folder.path()}};
  {
    world w;
    w.start({w.timed(spec)});
    must(w.find<int>("kept").put("k", 1));
    w.stop();
  }
  world w;
  w.start({w.timed(spec)});
  auto loads = 0;
  CHECK(must(w.find<int>("kept").get_or_create("k", [&] { return ++loads; }))
        == 1);
  CHECK(loads == 0);
}

TEST_CASE("a cache that its supervisor terminates lets its file go", "[dets]") {
  temporary_folder folder;
  cache_spec spec{.name = "closed",
                  .adapter
                  = dets_options{.file_path = folder.path() + "/",
                                 .sync = GENERATE(sync_policy::every_write,
                                                  sync_policy::interval)}};
  world w;
  w.start({w.timed(spec)});
  auto xs = must(cache<int, dets>::find(w.system(), "closed"));
  must(xs.put("k", 1));
  auto file = must(xs.info()).table->file;
  CHECK(inspect_dets_file(file).error() == errc::unavailable);
  must(terminate_child(w.system(), w.supervisor(), "closed"));
  CHECK(must(inspect_dets_file(file)).size == 1);
  size_t files = 0;
  for (const auto& x : std::filesystem::directory_iterator{folder.path()})
    files += x.exists() ? 1 : 0;
  CHECK(files == 1); // no lock, no log
  CHECK(code_of(xs.get("k")) == errc::cache_not_running);
  must(restart_child(w.system(), w.supervisor(), "closed"));
  CHECK(must(w.find<int>("closed").get("k")) == 1);
}

TEST_CASE("a cache whose file cannot be used does not start", "[dets]") {
  world w;
  cache_spec spec{.name = "broken",
                  .adapter = dets_options{.file_path = "/dev/null/x"}};
  auto started = start_supervisor(w.system(), {spec});
  CHECK_THAT(text_of(started), ContainsSubstring("/dev/null"));
}

TEST_CASE("a sandboxed cache of dets keeps everything in memory", "[dets]") {
  world w;
  cache_spec spec{.name = "table",
                  .adapter = dets_options{.type = ets_type::bag,
                                          .file_path = "/nowhere/at/all"},
                  .sandbox = true};
  w.start({spec});
  auto registry = must(sandbox_registry::start(w.system()));
  auto box = must(registry.start_here({"table"}));
  auto table = must(cache<int, dets>::find(w.system(), "table"));
  must(table.put("k", 1));
  must(table.put("k", 2));
  CHECK(must(table.lookup("k")) == ints{1, 2});
  must(table.sync());
  CHECK_FALSE(must(table.info()).table.has_value());
}
