#include "actor_cache/json.hpp"
#include "actor_cache/match_json.hpp"

#include "support/ets_world.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("keys lead to their neighbours in one order", "[ets]") {
  auto table = open<int>(0, kinds().size());
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
  auto table = open<visitor>(0, kinds().size());
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

TEST_CASE("select_reverse goes back page by page on the direct road", "[ets]") {
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
  auto table = open<int>(0, kinds().size());
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
  SECTION("select_replace that takes its time") {
    auto next = [&](const auto&, int x) {
      table.clock()->advance(1s);
      return x + 10000;
    };
    CHECK(must(table->select_replace(match::value == 5, next)) == 1);
    CHECK(must(table->ttl_of("k5")) == ttl{1h - 1s});
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

TEST_CASE("select_replace looks again at an entry that was changed meanwhile",
          "[ets]") {
  auto by_mail = GENERATE(false, true);
  ets_world<int> table{kinds()[by_mail ? 2 : 0]};
  must(table->put("k", 1));
  auto calls = 0;
  auto next = [&](const std::string& key, int x) {
    if (++calls == 1)
      must(table->put(key, 5));
    return x + 10;
  };
  CHECK(must(table->select_replace(match::any, next)) == 1);
  CHECK(must(table->get("k")) == 15);
  CHECK(calls == 2);
}

TEST_CASE("functions given to select may use the cache and may throw",
          "[ets]") {
  auto table = open<int>(0, kinds().size());
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

TEST_CASE("a cache of json is searched by path", "[ets]") {
  ets_world<nlohmann::json> table{kinds()[0]};
  must(table->put("a", {{"user", {{"roles", {"admin", "x"}}}}}));
  must(table->put("b", {{"user", {{"roles", {"guest"}}}}}));
  CHECK(must(table->select_count(match::json("user.roles[0]") == "admin"))
        == 1);
}
