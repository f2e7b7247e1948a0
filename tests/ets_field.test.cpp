#include "support/ets_world.hpp"

#include <limits>

using namespace actor_cache;
using namespace actor_cache::test;

TEST_CASE("a counter in a field is counted", "[ets]") {
  auto table = open<visitor>(0, kinds().size());
  CHECK(code_of(table->update_counter("u", &visitor::visits, 1))
        == errc::key_not_found);
  must(table->put("u", {"admin", 5, 0.5}, 1h));
  table.clock()->advance(10min);
  CHECK(must(table->update_counter("u", &visitor::visits, 2)) == 7);
  CHECK(must(table->update_counter("u", &visitor::visits, -3)) == 4);
  CHECK(must(table->update_counter("u", &visitor::score, 0.25)) == 0.75);
  CHECK(must(table->lookup("u")) == std::vector<visitor>{{"admin", 4, 0.75}});
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
  auto table = open<int>(0, kinds().size());
  CHECK(code_of(table->update_counter("n", 1)) == errc::key_not_found);
  CHECK(must(table->update_counter("n", 1, 10)) == 11);
  CHECK(must(table->update_counter("n", 5)) == 16);
  counter_step<int> step{.step = 5, .limit = 20, .reset_to = 0};
  CHECK(must(table->update_counter("n", step)) == 0);
  CHECK(must(table->update_counter("m", step, 3)) == 8);
}

TEST_CASE("no count of a field is lost however many threads count", "[ets]") {
  auto table = open<visitor>(0, kinds().size());
  must(table->put("u", {}));
  on_threads(4, [&](size_t) {
    for (int i = 0; i < 100; ++i)
      must(table->update_counter("u", &visitor::visits, 1));
  });
  CHECK(must(table->get("u"))->visits == 400);
}

TEST_CASE("elements of values are read and set", "[ets]") {
  auto table = open<visitor>(0, kinds().size());
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
