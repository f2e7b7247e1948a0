#include "actor_cache/adapters/agent.hpp"
#include "actor_cache/ets.hpp"
#include "actor_cache/json.hpp"
#include "actor_cache/match_json.hpp"

#include "support/temporary_folder.hpp"
#include "support/world.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct visitor {
  std::string role;
  int visits = 0;
  double score = 0;

  friend bool operator==(const visitor&, const visitor&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(role, visits, score);
  }
};

/// What the calls run over.
struct store_kind {
  std::string_view name;
  ets_options options;
  bool by_mail = false;
};

const std::vector<store_kind>& kinds() {
  static const std::vector<store_kind> result{
    {"set", {}},
    {"compressed set", {.compressed = true}},
    {"set by mail", {}, true},
    {"bag", {.type = ets_type::bag}},
    {"duplicate_bag", {.type = ets_type::duplicate_bag}},
    {"compressed bag", {.type = ets_type::bag, .compressed = true}},
  };
  return result;
}

/// A cache of one kind with a handle to it.
template <class V>
class ets_world : public world {
public:
  explicit ets_world(const store_kind& kind) {
    cache_spec spec;
    spec.name = "table";
    spec.adapter = kind.options;
    start({timed(spec)});
    xs = open(kind);
  }

  cache<V, ets> open(const store_kind& kind) {
    auto found = must(cache<V, ets>::find(system(), "table"));
    if (!kind.by_mail)
      return found;
    return cache<V, ets>::over_mail(system(), "table", must(found.actor()));
  }

  cache<V, ets>& operator*() {
    return *xs;
  }

  cache<V, ets>* operator->() {
    return &*xs;
  }

private:
  std::optional<cache<V, ets>> xs;
};

template <class V>
ets_world<V> open(size_t first, size_t count) {
  const auto& kind = kinds()[first + GENERATE_COPY(range(size_t{0}, count))];
  UNSCOPED_INFO(kind.name);
  return ets_world<V>{kind};
}

template <class T>
std::vector<T> sorted(std::vector<T> xs) {
  std::sort(xs.begin(), xs.end());
  return xs;
}

using ints = std::vector<int>;
using int_objects = std::vector<std::pair<std::string, int>>;

} // namespace

TEST_CASE("objects of a key are looked up, added, taken and deleted",
          "[ets]") {
  auto table = open<int>(0, 6);
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
    must(table->init_table(
      [&]() -> std::optional<std::pair<std::string, int>> {
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

TEST_CASE("keys lead to their neighbours in one order", "[ets]") {
  auto table = open<int>(0, 6);
  CHECK(!must(table->first()));
  CHECK(!must(table->last()));
  CHECK(!must(table->next("k")));
  CHECK(!must(table->first_lookup()));
  for (int i = 0; i < 10; ++i)
    must(table->put(std::to_string(i), i));
  std::vector<std::string> order;
  for (auto key = must(table->first()); key; key = must(table->next(*key)))
    order.push_back(*key);
  REQUIRE(order.size() == 10);
  std::vector<std::string> reverse;
  for (auto key = must(table->last()); key; key = must(table->prev(*key)))
    reverse.push_back(*key);
  CHECK(std::vector(reverse.rbegin(), reverse.rend()) == order);
  auto found = must(table->next_lookup(order[3]));
  REQUIRE(found);
  CHECK(found->first == order[4]);
  CHECK(found->second == ints{std::stoi(order[4])});
  CHECK(must(table->first_lookup())->first == order[0]);
  CHECK(must(table->last_lookup())->first == order[9]);
  CHECK(must(table->prev_lookup(order[3]))->first == order[2]);
  CHECK(!must(table->prev_lookup(order[0])));
}

TEST_CASE("select returns what matches", "[ets]") {
  auto table = open<visitor>(0, 6);
  for (int i = 0; i < 20; ++i)
    must(table->put("user:" + std::to_string(i),
                    {i % 4 == 0 ? "admin" : "guest", i, 0.5}));
  must(table->put("other", {"admin", 0, 0}));
  auto admins = match::key.starts_with("user:")
                && match::field(&visitor::role) == "admin";
  CHECK(must(table->select(admins)).size() == 5);
  CHECK(must(table->match_object(admins)).size() == 5);
  CHECK(must(table->select_count(admins)) == 5);
  CHECK(must(table->select_count(match::any)) == 21);
  auto visits = [](const std::string&, const visitor& x) { return x.visits; };
  CHECK(sorted(must(table->select(admins, visits))) == ints{0, 4, 8, 12, 16});
  SECTION("by any callable") {
    auto odd = [](const std::string& key, const visitor& x) {
      return key != "other" && x.visits % 2 == 1;
    };
    CHECK(must(table->select_count(odd)) == 10);
  }
  SECTION("page by page") {
    std::string cursor;
    ints all;
    auto pages = 0;
    do {
      auto page = must(table->select(admins, visits, 2, cursor));
      CHECK(page.results.size() <= 2);
      all.insert(all.end(), page.results.begin(), page.results.end());
      cursor = page.cursor;
      ++pages;
    } while (!cursor.empty());
    CHECK(all == must(table->select(admins, visits)));
    CHECK(pages >= 3);
    CHECK(must(table->match_object(admins, 3)).results.size() == 3);
    CHECK(code_of(table->select(admins, 0)) == errc::invalid_argument);
    CHECK(code_of(table->select(admins, 2, "no cursor"))
          == errc::invalid_argument);
  }
  SECTION("in reverse order") {
    auto forward = must(table->select(admins, visits));
    auto backward = must(table->select_reverse(admins, visits));
    CHECK(std::vector(backward.rbegin(), backward.rend()) == forward);
    auto objects = must(table->select_reverse(admins));
    CHECK(objects.front() == must(table->select(admins)).back());
  }
  SECTION("of fold") {
    auto add = [](std::string sum, const std::string& key, const visitor&) {
      return sum + key + ",";
    };
    auto forward = must(table->foldl(std::string{}, add));
    auto backward = must(table->foldr(std::string{}, add));
    CHECK(forward.size() == backward.size());
    CHECK(forward.substr(0, forward.find(','))
          == backward.substr(backward.rfind(',', backward.size() - 2) + 1,
                             forward.find(',')));
  }
}

TEST_CASE("select_reverse goes back page by page on the direct road",
          "[ets]") {
  auto by_mail = GENERATE(false, true);
  ets_world<int> table{kinds()[by_mail ? 2 : 0]};
  for (int i = 0; i < 10; ++i)
    must(table->put(std::to_string(i), i));
  if (by_mail) {
    CHECK(code_of(table->select_reverse(match::any, 3)) == errc::not_supported);
    return;
  }
  int_objects all;
  std::string cursor;
  do {
    auto page = must(table->select_reverse(match::any, 3, cursor));
    all.insert(all.end(), page.results.begin(), page.results.end());
    cursor = page.cursor;
  } while (!cursor.empty());
  CHECK(all == must(table->select_reverse(match::any)));
}

TEST_CASE("select_delete and select_replace change what matches", "[ets]") {
  auto table = open<int>(0, 6);
  for (int i = 0; i < 600; ++i)
    must(table->put("k" + std::to_string(i), i, 1h));
  must(table->put("k1", 1001, 1h)); // in a bag, next to 1
  auto total = must(table->size());
  SECTION("select_delete") {
    auto count = must(table->select_delete(match::value >= 1000));
    CHECK(count == 1);
    CHECK(must(table->size()) == total - 1);
    CHECK(must(table->match_delete(match::value < 300)) >= 299);
    CHECK(must(table->select_count(match::any)) == 300);
  }
  SECTION("select_replace") {
    table.clock()->advance(10min);
    auto count = must(table->select_replace(
      match::value < 300, [](const auto&, int x) { return x + 10000; }));
    CHECK(count == must(table->select_count(match::value >= 10000)));
    CHECK(must(table->size()) == total);
    CHECK(must(table->ttl_of("k5")) == ttl{50min});
  }
}

TEST_CASE("select_delete looks again at an entry that was changed meanwhile",
          "[ets]") {
  auto by_mail = GENERATE(false, true);
  ets_world<int> table{kinds()[by_mail ? 2 : 0]};
  must(table->put("k", 1));
  auto calls = 0;
  auto now_with = [&](int next) {
    return [&, next](const std::string& key, int x) {
      if (++calls == 1) // between the look and the removal
        must(table->put(key, next));
      return x < 10;
    };
  };
  SECTION("and removes it if it still matches") {
    CHECK(must(table->select_delete(now_with(2))) == 1);
    CHECK_FALSE(must(table->member("k")));
  }
  SECTION("and leaves it if it does not match any more") {
    CHECK(must(table->select_delete(now_with(20))) == 0);
    CHECK(must(table->get("k")) == 20);
  }
  CHECK(calls == 2);
}

TEST_CASE("functions given to select may use the cache and may throw",
          "[ets]") {
  auto table = open<int>(0, 6);
  for (int i = 0; i < 10; ++i)
    must(table->put(std::to_string(i), i));
  must(table->select([&](const std::string& key, int) {
    must(table->erase(key));
    return true;
  }));
  CHECK(must(table->size()) == 0);
  must(table->put("k", 1));
  auto thrower = [](const std::string&, int) -> bool {
    throw std::runtime_error{"from the spec"};
  };
  auto result = table->select(thrower);
  CHECK(code_of(result) == errc::exception);
  CHECK_THAT(text_of(result), ContainsSubstring("from the spec"));
  CHECK(code_of(table->select_delete(thrower)) == errc::exception);
  CHECK(must(table->size()) == 1);
}

TEST_CASE("a counter in a field is counted", "[ets]") {
  auto table = open<visitor>(0, 6);
  CHECK(code_of(table->update_counter("u", &visitor::visits, 1))
        == errc::key_not_found);
  must(table->put("u", {"admin", 5, 0.5}, 1h));
  table.clock()->advance(10min);
  CHECK(must(table->update_counter("u", &visitor::visits, 2)) == 7);
  CHECK(must(table->update_counter("u", &visitor::visits, -3)) == 4);
  CHECK(must(table->update_counter("u", &visitor::score, 0.25)) == 0.75);
  CHECK(must(table->lookup("u"))
        == std::vector<visitor>{{"admin", 4, 0.75}});
  CHECK(must(table->ttl_of("u")) == ttl{50min});
  SECTION("beyond its limit it starts anew") {
    counter_step<int> up{.step = 3, .limit = 10, .reset_to = 1};
    CHECK(must(table->update_counter("u", &visitor::visits, up)) == 7);
    CHECK(must(table->update_counter("u", &visitor::visits, up)) == 10);
    CHECK(must(table->update_counter("u", &visitor::visits, up)) == 1);
    counter_step<int> down{.step = -1, .limit = 0, .reset_to = 9};
    CHECK(must(table->update_counter("u", &visitor::visits, down)) == 0);
    CHECK(must(table->update_counter("u", &visitor::visits, down)) == 9);
  }
  SECTION("out of range it stays") {
    auto max = std::numeric_limits<int>::max();
    CHECK(code_of(table->update_counter("u", &visitor::visits, max))
          == errc::invalid_argument);
    CHECK(must(table->lookup_element("u", &visitor::visits)) == 4);
  }
  SECTION("a default stands in for what is missing") {
    CHECK(must(table->update_counter("new", &visitor::visits, 1,
                                     visitor{"guest", 10, 0}))
          == 11);
    CHECK(must(table->get("new")) == visitor{"guest", 11, 0});
  }
}

TEST_CASE("a counter that is a value is counted", "[ets]") {
  auto table = open<int>(0, 6);
  CHECK(code_of(table->update_counter("n", 1)) == errc::key_not_found);
  CHECK(must(table->update_counter("n", 1, 10)) == 11);
  CHECK(must(table->update_counter("n", 5)) == 16);
  counter_step<int> step{.step = 5, .limit = 20, .reset_to = 0};
  CHECK(must(table->update_counter("n", step)) == 0);
  CHECK(must(table->update_counter("m", step, 3)) == 8);
}

TEST_CASE("no count of a field is lost however many threads count", "[ets]") {
  auto table = open<visitor>(0, 6);
  must(table->put("u", {}));
  on_threads(4, [&](size_t) {
    for (int i = 0; i < 100; ++i)
      must(table->update_counter("u", &visitor::visits, 1));
  });
  CHECK(must(table->get("u"))->visits == 400);
}

TEST_CASE("elements of values are read and set", "[ets]") {
  auto table = open<visitor>(0, 6);
  CHECK_FALSE(must(table->update_element("u", &visitor::role, "guest")));
  CHECK_FALSE(must(table->member("u")));
  CHECK(code_of(table->lookup_element("u", &visitor::role))
        == errc::key_not_found);
  CHECK(must(table->lookup_element("u", &visitor::role, "none")) == "none");
  must(table->update_element("u", &visitor::role, "guest", visitor{"x", 3, 0}));
  CHECK(must(table->get("u")) == visitor{"guest", 3, 0});
  CHECK(must(table->update_element("u", &visitor::role, "admin")));
  CHECK(must(table->lookup_element("u", &visitor::role)) == "admin");
  CHECK(must(table->lookup_element("u", &visitor::role, "none")) == "admin");
  CHECK(must(table->lookup_elements("u", &visitor::visits)) == ints{3});
  CHECK(must(table->lookup_elements("none", &visitor::visits)).empty());
}

TEST_CASE("counting without a pause does not prolong a lifetime", "[ets]") {
  ets_world<int> table{kinds()[0]};
  must(table->put("n", 0, 1s));
  for (int i = 0; i < 9; ++i) {
    table.clock()->advance(100ms);
    must(table->update_counter("n", 1));
  }
  table.clock()->advance(100ms);
  CHECK(code_of(table->update_counter("n", 1)) == errc::key_not_found);
}

TEST_CASE("a table says what it is", "[ets]") {
  auto table = open<int>(0, 6);
  must(table->put("k", 1));
  auto info = must(table->info());
  CHECK(info.name == "table");
  CHECK(info.stats.size == 1);
  CHECK(info.stats.bytes > 0);
}

TEST_CASE("a table is saved to a file and loaded from it", "[ets]") {
  temporary_folder folder;
  auto path = folder.path() + "/table";
  auto table = open<visitor>(0, 6);
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
  auto table = open<int>(0, 6);
  cache_spec spec;
  spec.name = "agent";
  spec.adapter = agent_options{};
  auto supervisor = must(start_supervisor(table.system(), {table.timed(spec)}));
  auto agent = table.find<int>("agent");
  must(table->put("a", 1, 1h));
  must(table->put("b", 2));
  table.clock()->advance(10min);
  CHECK(must(table->copy_to(agent)) == 2);
  CHECK(must(agent.ttl_of("a")) == ttl{50min});
  CHECK(must(agent.ttl_of("b")) == ttl{infinite});
  must(table->clear());
  CHECK(must(table->copy_from(agent)) == 2);
  CHECK(must(table->get("b")) == 2);
  must(stop_supervisor(table.system(), supervisor));
}

TEST_CASE("a cache of json is searched by path", "[ets]") {
  ets_world<nlohmann::json> table{kinds()[0]};
  must(table->put("a", {{"user", {{"roles", {"admin", "x"}}}}}));
  must(table->put("b", {{"user", {{"roles", {"guest"}}}}}));
  CHECK(must(table->select_count(match::json("user.roles[0]") == "admin"))
        == 1);
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
