#include "support/redis_subjects.hpp"
#include "support/values.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <set>

using namespace actor_cache;
using namespace actor_cache::test;

// What `cache<V, redis>` offers about hashes, sets, keys and commands, over all
// adapters that have it, by each road.

namespace {

using fields = std::vector<std::pair<std::string, int>>;

template <class T>
T sorted(T xs) {
  std::sort(xs.begin(), xs.end());
  return xs;
}

redis_reply list(std::vector<redis_reply> xs) {
  return redis_reply{std::move(xs)};
}

redis_reply number(int64_t x) {
  return x;
}

} // namespace

// -- hashes -------------------------------------------------------------------

TEST_CASE("fields of a hash come and go", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<user>();
  CHECK(must(xs.hash_get("team", "ada")) == std::nullopt);
  CHECK(must(xs.hash_set("team", "ada", {"Ada", 36})));
  CHECK_FALSE(must(xs.hash_set("team", "ada", {"Ada", 37})));
  CHECK(must(xs.hash_set("team", "bob", {"Bob", 7})));
  CHECK(must(xs.hash_get("team", "ada")) == user{"Ada", 37});
  CHECK(must(xs.hash_get("team", "eve")) == std::nullopt);
  CHECK(must(xs.hash_get_all("team")).size() == 2);
  CHECK(must(xs.hash_values("team")).size() == 2);
  CHECK(must(xs.hash_delete("team", "ada")));
  CHECK_FALSE(must(xs.hash_delete("team", "ada")));
  CHECK(must(xs.hash_delete_many("team", {"bob", "eve"})) == 1);
  CHECK(must(xs.hash_get_all("team")).empty());
  CHECK(must(xs.hash_values("team")).empty());
  // A hash without fields is none.
  must(xs.put("team", {"Now", 1}));
  CHECK(must(xs.get("team")) == user{"Now", 1});
}

TEST_CASE("fields hold values of the type that the caller names",
          "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<user>();
  CHECK(must(xs.hash_set<int>("h", "n", 5)));
  CHECK(must(xs.hash_set<std::string>("h", "s", "text")));
  CHECK(must(xs.hash_get<int>("h", "n")) == 5);
  CHECK(must(xs.hash_get<std::string>("h", "s")) == "text");
  CHECK(code_of(xs.hash_get("h", "n")) == errc::type_mismatch);
  CHECK(code_of(xs.hash_get_all<int>("h")) == errc::type_mismatch);
}

TEST_CASE("names of fields are any sequence of bytes", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  const std::vector<std::string> names{"", std::string(1, '\0'), "a:b",
                                       "\xff\r\n", std::string(5000, 'x')};
  for (size_t i = 0; i < names.size(); ++i)
    CHECK(must(xs.hash_set("h", names[i], static_cast<int>(i))));
  auto all = must(xs.hash_get_all("h"));
  CHECK(all.size() == names.size());
  for (size_t i = 0; i < names.size(); ++i)
    CHECK(must(xs.hash_get("h", names[i])) == static_cast<int>(i));
}

TEST_CASE("many hashes are written and read at once", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  CHECK(must(xs.hash_set_many(
          {{"h", {{"a", 1}, {"b", 2}}}, {"i", {{"a", 3}}}, {"none", {}}}))
        == 3);
  CHECK(must(xs.hash_set_many({{"h", {{"a", 10}, {"c", 4}}}})) == 1);
  using values = std::vector<std::vector<std::optional<int>>>;
  CHECK(must(xs.hash_get_many(
          {{"i", {"a"}}, {"h", {"c", "nope", "a"}}, {"no", {"a"}}, {"h", {}}}))
        == values{{3}, {4, std::nullopt, 10}, {std::nullopt}, {}});
  CHECK(sorted(must(xs.hash_get_all("h")))
        == fields{{"a", 10}, {"b", 2}, {"c", 4}});
}

TEST_CASE("a hash has one lifetime, in milliseconds", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.hash_set("h", "a", 1, 10ms));
  must(xs.hash_set("h", "b", 2)); // keeps the lifetime
  must(xs.hash_set("i", "a", 1, 10ms));
  must(xs.hash_set("i", "a", 2, infinite));
  must(xs.hash_set_many({{"j", {{"a", 1}}}, {"k", {{"a", 1}}}}, 20ms));
  w.clock()->advance(9ms);
  CHECK(must(xs.hash_get("h", "a")) == 1);
  CHECK(must(xs.hash_get("h", "b")) == 2);
  w.clock()->advance(1ms);
  CHECK(must(xs.hash_get("h", "a")) == std::nullopt);
  CHECK(must(xs.hash_get_all("h")).empty());
  CHECK(must(xs.get("h")) == std::nullopt);
  CHECK(must(xs.hash_get("i", "a")) == 2);
  CHECK(must(xs.hash_get("k", "a")) == 1);
  w.clock()->advance(10ms);
  CHECK(must(xs.hash_get("j", "a")) == std::nullopt);
  CHECK(must(xs.hash_get("k", "a")) == std::nullopt);
  CHECK(code_of(xs.hash_set("h", "a", 1, 0ms)) == errc::invalid_argument);
  CHECK(must(xs.hash_get("h", "a")) == std::nullopt);
}

TEST_CASE("a scan of a hash sees each field that is there all the time",
          "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  std::vector<std::pair<std::string, int>> all;
  for (int i = 0; i < 1000; ++i)
    all.emplace_back("field:" + std::to_string(i), i);
  all.emplace_back("other", -1);
  must(xs.hash_set_many({{"h", all}}));
  std::set<std::string> seen;
  std::string cursor;
  do {
    auto part
      = must(xs.hash_scan("h", cursor, {.match = "field:*", .count = 50}));
    for (const auto& [name, value] : part.fields) {
      CHECK(name == "field:" + std::to_string(value));
      if (seen.insert(name).second && seen.size() == 100)
        must(xs.hash_delete("h", "other"));
    }
    cursor = part.cursor;
  } while (!cursor.empty());
  CHECK(seen.size() == 1000);
  auto calls = 0;
  must(xs.for_each_field("h", [&](const std::string&, int) { ++calls; }));
  CHECK(calls >= 1000);
  calls = 0;
  must(xs.for_each_field(
    "h", [&](const std::string&, int) { return ++calls < 5; }, {.count = 2}));
  CHECK(calls == 5);
  CHECK(must(xs.hash_scan("nope")).fields.empty());
  CHECK(code_of(xs.hash_scan("h", "x")) == errc::invalid_argument);
  CHECK(code_of(xs.hash_scan("h", "", {.count = 0})) == errc::invalid_argument);
  CHECK(code_of(xs.hash_scan("h", "", {.type = "set"}))
        == errc::invalid_argument);
  CHECK(
    code_of(xs.for_each_field("h", [](const std::string&, int) { throw 1; }))
    == errc::exception);
}

// -- sets ---------------------------------------------------------------------

TEST_CASE("a set has each member once, as a value", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<std::string>();
  CHECK(must(xs.sadd("s", "a")));
  CHECK_FALSE(must(xs.sadd("s", "a")));
  CHECK(must(xs.sadd_many("s", {"a", "b", "c"})) == 2);
  CHECK(must(xs.scard("s")) == 3);
  CHECK(must(xs.sismember("s", "b")));
  CHECK_FALSE(must(xs.sismember("s", "x")));
  CHECK(sorted(must(xs.smembers("s")))
        == std::vector<std::string>{"a", "b", "c"});
  CHECK(must(xs.srem("s", "b")));
  CHECK_FALSE(must(xs.srem("s", "b")));
  CHECK(must(xs.srem_many("s", {"a", "c", "x"})) == 2);
  CHECK(must(xs.scard("s")) == 0);
  CHECK(must(xs.smembers("s")).empty());
  CHECK_FALSE(must(xs.sismember("s", "a")));
  CHECK(must(xs.sadd_many("s", {})) == 0);
  CHECK(must(xs.sadd<user>("users", {"Ada", 36})));
  CHECK(must(xs.smembers<user>("users")) == std::vector<user>{{"Ada", 36}});
  CHECK(code_of(xs.smembers("users")) == errc::type_mismatch);
}

// -- types --------------------------------------------------------------------

TEST_CASE("a key holds one kind of thing, and says so", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.put("entry", 1, 1h));
  must(xs.hash_set("hash", "a", 1));
  must(xs.sadd("set", 1));
  auto wrong = errc::type_mismatch;
  for (auto key : {"hash", "set"}) {
    CHECK(code_of(xs.get(key)) == wrong);
    CHECK(code_of(xs.put_new(key, 1)) == wrong);
    CHECK(code_of(xs.take(key)) == wrong);
    CHECK(code_of(xs.increment(key)) == wrong);
  }
  for (auto key : {"entry", "set"}) {
    CHECK(code_of(xs.hash_get(key, "a")) == wrong);
    CHECK(code_of(xs.hash_set(key, "a", 1, 1ms)) == wrong);
    CHECK(code_of(xs.hash_get_many({{"hash", {"a"}}, {key, {"a"}}})) == wrong);
    CHECK(code_of(xs.hash_delete(key, "a")) == wrong);
    CHECK(code_of(xs.hash_scan(key)) == wrong);
  }
  for (auto key : {"entry", "hash"}) {
    CHECK(code_of(xs.sadd(key, 1)) == wrong);
    CHECK(code_of(xs.smembers(key)) == wrong);
    CHECK(code_of(xs.scard(key)) == wrong);
  }
  CHECK(text_of(xs.scard("hash")).find("WRONGTYPE") != std::string::npos);
  // Nothing has come to harm.
  CHECK(must(xs.ttl_of("entry")) == ttl{1h});
  CHECK(must(xs.get("entry")) == 1);
  CHECK(must(xs.hash_get("hash", "a")) == 1);
  CHECK(must(xs.scard("set")) == 1);
  // A put and an erase do not care.
  must(xs.put("hash", 2));
  CHECK(must(xs.get("hash")) == 2);
  must(xs.erase("set"));
  CHECK(must(xs.scard("set")) == 0);
}

// -- keys ---------------------------------------------------------------------

TEST_CASE("keys are found by pattern and type", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  for (int i = 0; i < 300; ++i)
    must(xs.put("user:" + std::to_string(i), i));
  must(xs.put("subject:user:1", 1)); // looks like the prefix once more
  must(xs.hash_set("user:h", "a", 1));
  must(xs.sadd("user:s", 1));
  must(xs.command({"SET", "elsewhere:user:1", "x"}));
  auto find = [&](scan_filter filter) {
    std::set<std::string> found;
    must(xs.for_each_key([&](const std::string& key) { found.insert(key); },
                         filter));
    return found;
  };
  using keys = std::set<std::string>;
  CHECK(find({}).size() == 303);
  CHECK(find({.match = "user:*", .count = 7}).size() == 302);
  CHECK(find({.match = "user:[hs]"}) == keys{"user:h", "user:s"});
  CHECK(find({.match = "user:1?"}).size() == 10);
  CHECK(find({.match = "*:user:1"}) == keys{"subject:user:1"});
  CHECK(find({.type = "hash"}) == keys{"user:h"});
  CHECK(find({.match = "user:*", .type = "set"}) == keys{"user:s"});
  CHECK(find({.type = "string"}).size() == 301);
  CHECK(find({.match = "nope"}).empty());
  auto calls = 0;
  must(xs.for_each_key([&](const std::string&) { return ++calls < 3; }));
  CHECK(calls == 3);
  auto first = must(xs.scan_keys("", {.count = 10}));
  CHECK(first.keys.size() < 100);
  CHECK_FALSE(first.cursor.empty());
  CHECK(code_of(xs.scan_keys("x")) == errc::invalid_argument);
  CHECK(code_of(xs.scan_keys("", {.count = 0})) == errc::invalid_argument);
}

// -- commands -----------------------------------------------------------------

TEST_CASE("commands run as they are", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  CHECK(must(xs.command({"SET", "{plain}", "1"})) == redis_reply{"OK"});
  CHECK(must(xs.command({"incrby", "{plain}", "41"})) == number(42));
  CHECK(must(xs.command({"GET", "nope"})).is_nil());
  CHECK(must(xs.command({"MGET", "{plain}", "{plain}s"})) == list({"42", {}}));
  must(xs.put("entry", 1));
  CHECK(must(xs.command({"EXISTS", w.full("entry")})) == number(1));
  CHECK(must(xs.command({"TYPE", w.full("entry")})) == redis_reply{"string"});
  CHECK(must(xs.command({"DEL", w.full("entry")})) == number(1));
  CHECK(must(xs.get("entry")) == std::nullopt);
  must(xs.command({"SET", w.full("foreign"), "42"}));
  CHECK(code_of(xs.get("foreign")) == errc::corrupt_value);
  // Whoever walks through the entries does not stumble over it.
  must(xs.put("own", 1));
  std::vector<std::string> seen;
  must(xs.for_each([&](const std::string& key, int) { seen.push_back(key); }));
  CHECK(seen == std::vector<std::string>{"own"});
}

TEST_CASE("the error of one command is an error", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.command({"LPUSH", "list", "a"}));
  auto wrong = xs.command({"GET", "list"});
  CHECK(code_of(wrong) == errc::type_mismatch);
  CHECK(text_of(wrong).find("WRONGTYPE Operation against a key")
        != std::string::npos);
  CHECK(code_of(xs.command({"GET"})) == errc::invalid_argument);
  CHECK(text_of(xs.command({"GET"}))
          .find("ERR wrong number of arguments for 'get' command")
        != std::string::npos);
  auto unknown = xs.command({"NOSUCH", "x"});
  CHECK(code_of(unknown) == errc::not_supported);
  CHECK(text_of(unknown).find("NOSUCH") != std::string::npos);
  CHECK(code_of(xs.command({})) == errc::invalid_argument);
  CHECK(must(xs.command({"PING"})) == redis_reply{"PONG"});
}

TEST_CASE("a pipeline answers with errors in their places", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  auto replies = must(xs.pipeline({{"SET", "a", "x"},
                                   {"INCR", "a"},
                                   {"NOSUCH"},
                                   {"LRANGE", "a", "0", "-1"},
                                   {"GET", "a"}}));
  REQUIRE(replies.size() == 5);
  CHECK(replies[0] == redis_reply{"OK"});
  CHECK(
    replies[1]
    == redis_reply{redis_error{"ERR value is not an integer or out of range"}});
  REQUIRE(replies[2].error() != nullptr);
  REQUIRE(replies[3].error() != nullptr);
  CHECK(replies[3].error()->code() == "WRONGTYPE");
  CHECK(replies[4] == redis_reply{"x"});
  CHECK(must(xs.pipeline({})).empty());
  CHECK(code_of(xs.pipeline({{"PING"}, {}})) == errc::invalid_argument);
}

TEST_CASE("a transaction runs whole or not at all", "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  CHECK(must(xs.transaction({{"SET", "a", "1"}, {"INCR", "a"}}))
        == std::vector<redis_reply>{"OK", number(2)});
  CHECK_FALSE(xs.transaction({{"SET", "a", "5"}, {"NOSUCH"}}));
  CHECK(text_of(xs.transaction({{"SET", "a", "5"}, {"GET"}})).find("EXECABORT")
        != std::string::npos);
  CHECK(must(xs.command({"GET", "a"})) == redis_reply{"2"});
  // An error while it runs is that of one command.
  auto replies = must(xs.transaction({{"LPUSH", "a", "x"}, {"INCR", "a"}}));
  REQUIRE(replies.size() == 2);
  CHECK(replies[0].error() != nullptr);
  CHECK(replies[1] == number(3));
  CHECK(must(xs.transaction({})).empty());
}

TEST_CASE("nobody comes between the commands of a transaction",
          "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.command({"SET", "n", "0"}));
  on_threads(4, [&](size_t) {
    for (int i = 0; i < 25; ++i) {
      auto replies
        = must(xs.transaction({{"INCR", "n"}, {"GET", "n"}, {"INCR", "n"}}));
      if (*replies[0].integer() + 1 != *replies[2].integer())
        fail("somebody came between");
    }
  });
  CHECK(must(xs.command({"GET", "n"})) == redis_reply{"200"});
}

// -- what all calls have in common --------------------------------------------

TEST_CASE("reads of hashes and sets are hits or misses, changes are counted",
          "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.hash_get("h", "a"));
  must(xs.hash_set("h", "a", 1));
  must(xs.hash_get("h", "a"));
  must(xs.smembers("s"));
  must(xs.hash_delete("h", "b"));
  must(xs.hash_delete("h", "a"));
  auto stats = must(xs.stats());
  CHECK(stats.hits == 1);
  CHECK(stats.misses == 2);
  CHECK(stats.puts == 1);
  CHECK(stats.erased == 1);
}

TEST_CASE("a write to a hash or by a command wins over a load of its key",
          "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  auto loaded = xs.get_or_create("k", [&] {
    must(xs.hash_set("k", "a", 1));
    return 5;
  });
  CHECK(must(xs.hash_get("k", "a")) == 1);
  loaded = xs.get_or_create("c", [&] {
    must(xs.command({"DEL", w.full("c")}));
    return 5;
  });
  CHECK(must(xs.get("c")) == std::nullopt);
}

TEST_CASE("each call to a stopped cache says so, also those of Redis",
          "[redis surface]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  w.stop();
  auto stopped = errc::cache_not_running;
  CHECK(code_of(xs.hash_get("h", "a")) == stopped);
  CHECK(code_of(xs.hash_set("h", "a", 1)) == stopped);
  CHECK(code_of(xs.sadd("s", 1)) == stopped);
  CHECK(code_of(xs.scan_keys()) == stopped);
  CHECK(code_of(xs.for_each_key([](const std::string&) {})) == stopped);
  CHECK(code_of(xs.command({"PING"})) == stopped);
  CHECK(code_of(xs.pipeline({{"PING"}})) == stopped);
}

TEST_CASE("a cache whose adapter is no Redis says what it lacks",
          "[redis surface]") {
  world w{{cache_spec{.name = "plain", .adapter = ets_options{}}}};
  CHECK(code_of(cache<int, redis>::find(w.system(), "plain"))
        == errc::invalid_argument);
  auto hdl = must(w.find<int>("plain").actor());
  auto xs = cache<int, redis>::over_mail(w.system(), "plain",
                                         caf::actor_cast<redis_actor>(hdl));
  CHECK(code_of(xs.hash_get("h", "a")) == errc::not_supported);
  CHECK(text_of(xs.hash_get("h", "a"))
        == "cache 'plain': its adapter ets cannot do hash_get, which takes the "
           "capability hash_ops");
  must(xs.put("a", 1));
}
