#include "actor_cache/json.hpp"

#include "support/redis_subjects.hpp"
#include "support/values.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

using namespace actor_cache;
using namespace actor_cache::test;

// What `cache<V, redis>` offers about JSON documents, over all adapters that
// have it, by each road.

namespace {

using json = nlohmann::ordered_json;

const json ada = json::parse(
  R"({"name":"Ada","tags":[],"users":[{"name":"Bob","age":7}],"n":{"x y":1.0}})");

} // namespace

TEST_CASE("a document comes back as it went in", "[redis surface][json]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  CHECK(must(xs.json_get("doc")) == std::nullopt);
  CHECK(must(xs.json_set("doc", ada)));
  CHECK(must(xs.json_get("doc")) == ada);
  CHECK(must(xs.json_get("doc"))->dump() == ada.dump());
  for (auto text :
       {"[]", "{}", "1.0", "1", "null", "18446744073709551615",
        "-9223372036854775808", "9007199254740993", R"("\u00e9\ud83d\ude00")",
        R"({"z":1,"a":{"c":[],"b":{}}})"}) {
    auto value = json::parse(text);
    CHECK(must(xs.json_set("doc", value)));
    CHECK(must(xs.json_get("doc"))->dump() == value.dump());
  }
}

TEST_CASE("paths are texts or lists", "[redis surface][json]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.json_set("doc", ada));
  CHECK(must(xs.json_get("doc", ".users[0].name")) == "Bob");
  CHECK(must(xs.json_get("doc", "users[-1].name")) == "Bob");
  CHECK(must(xs.json_get("doc", {"users", 0, "name"})) == "Bob");
  CHECK(must(xs.json_get("doc", "$.users[0].name")) == json{"Bob"});
  CHECK(must(xs.json_get("doc", "$.users[*].age")) == json::array({7}));
  CHECK(must(xs.json_get("doc", {"n", "x y"})) == 1.0);
  CHECK(must(xs.json_get("doc", "$.nope")) == json::array());
  CHECK(must(xs.json_get<std::string>("doc", ".name")) == "Ada");
  CHECK(must(xs.json_get<int>("doc", ".users[0].age")) == 7);
  CHECK(code_of(xs.json_get<int>("doc", ".name")) == errc::type_mismatch);
  auto missing = xs.json_get("doc", ".a.b");
  CHECK(code_of(missing) == errc::key_not_found);
  CHECK(text_of(missing).find("ERR Path '$.a.b' does not exist")
        != std::string::npos);
  CHECK(code_of(xs.json_get("doc", "a b")) == errc::invalid_argument);
  CHECK(text_of(xs.json_get("doc", "a b")).find("position 1")
        != std::string::npos);
}

TEST_CASE("parts of documents are set, and orphans are not",
          "[redis surface][json]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  auto orphan = xs.json_set("doc", ".a", 1);
  CHECK(code_of(orphan) == errc::invalid_argument);
  CHECK(text_of(orphan).find("ERR new objects must be created at the root")
        != std::string::npos);
  CHECK(must(xs.json_set("doc", json::object())));
  CHECK(must(xs.json_set("doc", ".a", 1)));
  CHECK(must(xs.json_set("doc", "$.b", std::vector<int>{1, 2})));
  CHECK(must(xs.json_set("doc", {"b", -1}, "x")));
  CHECK_FALSE(must(xs.json_set("doc", ".none.c", 1)));
  CHECK_FALSE(must(xs.json_set("doc", ".b[5]", 1)));
  CHECK(must(xs.json_get("doc"))->dump() == R"({"a":1,"b":[1,"x"]})");
  CHECK(must(xs.json_delete("doc", ".a")) == 1);
  CHECK(must(xs.json_delete("doc", ".a")) == 0);
  CHECK(must(xs.json_delete("doc", "$.b[*]")) == 2);
  CHECK(must(xs.json_get("doc"))->dump() == R"({"b":[]})");
  CHECK(must(xs.json_delete("doc")) == 1);
  CHECK(must(xs.json_delete("doc")) == 0);
  CHECK(must(xs.json_get("doc")) == std::nullopt);
}

TEST_CASE("numbers in documents add up, integers and floats",
          "[redis surface][json]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(
    xs.json_set("doc", json{{"i", 9007199254740993}, {"f", 1.5}, {"s", ""}}));
  CHECK(must(xs.json_incr("doc", ".i")).dump() == "9007199254740994");
  CHECK(must(xs.json_incr("doc", ".i", -4)).dump() == "9007199254740990");
  CHECK(must(xs.json_incr("doc", ".f", 1)).dump() == "2.5");
  CHECK(must(xs.json_incr<double>("doc", ".f", 0.25)) == 2.75);
  CHECK(must(xs.json_incr("doc", "$.*", 1)).dump()
        == "[9007199254740991,3.75,null]");
  CHECK(code_of(xs.json_incr("doc", ".s")) == errc::key_not_found);
  CHECK(code_of(xs.json_incr("doc", ".none")) == errc::key_not_found);
  CHECK(code_of(xs.json_incr("none", ".")) == errc::key_not_found);
  CHECK(code_of(xs.json_incr("doc", ".i", std::nan("")))
        == errc::invalid_argument);
}

TEST_CASE("documents are cleared and arrays grow", "[redis surface][json]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.json_set("doc", ada));
  CHECK(must(xs.json_array_append("doc", ".tags", "x", 1, nullptr)) == 3);
  CHECK(must(xs.json_array_append<uint64_t>("doc", ".tags", json{1})) == 4);
  CHECK(must(xs.json_array_append("doc", "$.tags", 2)) == json::array({5}));
  CHECK(must(xs.json_array_append("doc", "$.name", 2))
        == json::array({nullptr}));
  CHECK(must(xs.json_get("doc", ".tags")).value().dump()
        == R"(["x",1,null,[1],2])");
  CHECK(code_of(xs.json_array_append("doc", ".name", 1))
        == errc::key_not_found);
  CHECK(must(xs.json_clear("doc", ".tags")) == 1);
  CHECK(must(xs.json_clear("doc", ".name")) == 0);
  CHECK(must(xs.json_clear("doc", "$.*")) == 2);
  CHECK(must(xs.json_get("doc"))->dump()
        == R"({"name":"Ada","tags":[],"users":[],"n":{}})");
}

TEST_CASE("what is no JSON is not stored", "[redis surface][json]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.json_set("doc", 1));
  CHECK(code_of(xs.json_set("doc", "\xff")) == errc::invalid_argument);
  CHECK(code_of(xs.json_set("doc", std::nan(""))) == errc::invalid_argument);
  json deep;
  for (int i = 0; i < 129; ++i)
    deep = json::array({deep});
  CHECK(code_of(xs.json_set("doc", deep)) == errc::invalid_argument);
  CHECK(must(xs.json_get("doc")) == 1);
}

TEST_CASE("a document is no hash, no set and no entry",
          "[redis surface][json]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.json_set("doc", ada));
  must(xs.put("entry", 1));
  must(xs.hash_set("hash", "a", 1));
  CHECK_FALSE(xs.get("doc"));
  CHECK_FALSE(xs.hash_get("doc", "a"));
  for (auto key : {"entry", "hash"}) {
    CHECK(code_of(xs.json_get(key)) == errc::type_mismatch);
    CHECK(code_of(xs.json_set(key, 1)) == errc::type_mismatch);
    CHECK(code_of(xs.json_delete(key, ".a")) == errc::type_mismatch);
    CHECK(code_of(xs.json_incr(key, ".a")) == errc::type_mismatch);
  }
  CHECK(must(xs.json_get("doc")) == ada);
  CHECK(must(xs.get("entry")) == 1);
}

TEST_CASE("no change of a document is lost among many threads",
          "[redis surface][json]") {
  auto which = GENERATE(from_range(redis_subjects()));
  CAPTURE(which);
  redis_world w{which};
  auto xs = w.open_redis<int>();
  must(xs.json_set("doc", json{{"n", 0}, {"xs", json::array()}}));
  on_threads(4, [&](size_t) {
    for (int i = 0; i < 25; ++i) {
      must(xs.json_incr("doc", ".n"));
      must(xs.json_array_append("doc", ".xs", i));
    }
  });
  CHECK(must(xs.json_get("doc", ".n")) == 100);
  CHECK(must(xs.json_get("doc", ".xs"))->size() == 100);
}
