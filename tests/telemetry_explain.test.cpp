#include "support/subjects.hpp"

#include <caf/event_based_actor.hpp>

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

using namespace actor_cache;
using namespace actor_cache::test;

// `explain`: where a value comes from.

namespace {

explanation must_explain(const cache<int>& xs, std::string_view key) {
  auto result = must(xs.explain(key));
  REQUIRE(result);
  return *result;
}

} // namespace

TEST_CASE("what is not there has no explanation, and is no miss",
          "[telemetry]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  CHECK(must(xs.explain("a")) == std::nullopt);
  must(xs.put("a", 1));
  CHECK(must(xs.explain("a")).has_value());
  auto stats = must(xs.stats());
  CHECK(stats.hits + stats.misses == 0);
}

TEST_CASE("a value that was loaded says who made it, when, and how fast",
          "[telemetry]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  auto make = [&] {
    if (!which.sandboxed) // which has a clock of its own
      w.clock()->advance(30ms);
    return 7;
  };
  must(xs.get_or_create("a", make, 10s));
  auto version = must(xs.get_versioned("a"))->version;
  if (!which.sandboxed)
    w.clock()->advance(4s);
  auto found = must_explain(xs, "a");
  CHECK(found.origin == value_origin::loaded);
  CHECK_FALSE(found.source.empty());
  CHECK(found.version == version);
  CHECK_FALSE(found.caller.empty());
  if (!which.sandboxed) {
    CHECK(found.age == timespan{4s});
    CHECK(found.load_time == timespan{30ms});
    CHECK(found.remaining == ttl{6s});
  }
}

TEST_CASE("a value that took the place of a loaded one is not explained by "
          "the load",
          "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  must(xs.get_or_create("a", [] { return 7; }));
  must(xs.put("a", 8));
  auto found = must_explain(xs, "a");
  CHECK(found.origin == value_origin::unknown);
  CHECK(found.age == std::nullopt);
  CHECK(found.load_time == std::nullopt);
  CHECK(found.caller.empty());
  CHECK(found.source == "ets");
}

TEST_CASE("a cache that is told to remembers who wrote", "[telemetry]") {
  world w;
  cache_spec spec{.name = "xs", .provenance = {.writes = true}};
  w.start({w.timed(spec)});
  auto xs = w.find<int>("xs");
  must(xs.put("a", 1));
  must(xs.put_new("b", 1));
  must(xs.update("c", [](auto) { return 1; }));
  must(xs.increment("d"));
  must(xs.put_many({{"e", 1}}));
  w.clock()->advance(3s);
  for (auto key : {"a", "b", "c", "d", "e"}) {
    CAPTURE(key);
    auto found = must_explain(xs, key);
    CHECK(found.origin == value_origin::written);
    CHECK(found.age == timespan{3s});
    CHECK(found.caller == "a thread");
    CHECK(found.load_time == std::nullopt);
  }
}

TEST_CASE("an actor that loads is named", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  std::atomic<bool> done{false};
  auto hdl = w.system().spawn([&](caf::event_based_actor* self) {
    xs.async(self).get_or_create("a", [] { return 7; }).then([&](int) {
      done = true;
    });
  });
  wait_until([&] { return done.load(); });
  CHECK(must_explain(xs, "a").caller == "actor " + std::to_string(hdl.id()));
}

TEST_CASE("no more keys are remembered than were asked for", "[telemetry]") {
  auto keys = GENERATE(size_t{0}, size_t{2});
  world w{{cache_spec{.name = "xs", .provenance = {.keys = keys}}}};
  auto xs = w.find<int>("xs");
  for (auto key : {"a", "b", "a", "c"}) {
    must(xs.erase(key));
    must(xs.get_or_create(key, [] { return 7; }));
  }
  auto known = [&](std::string_view key) {
    return must_explain(xs, key).origin == value_origin::loaded;
  };
  CHECK(known("a") == (keys == 2));
  CHECK_FALSE(known("b"));
  CHECK(known("c") == (keys == 2));
}
