#include "support/json_fixture.hpp"

#include "actor_cache/errc.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::detail;
using namespace actor_cache::test;
using namespace std::literals;

// What each command answers, and what it leaves.

namespace {

/// One row of a table: what a command answers, and the document after it.
struct row {
  const char* before;
  const char* name;
  words args;
  redis_reply reply;
  const char* after = nullptr;
};

void check(const std::vector<row>& rows) {
  for (const auto& x : rows) {
    json_fixture doc{x.before};
    auto reply = doc.run(x.name, x.args);
    INFO(x.before << " JSON." << x.name << " "
                  << (x.args.empty() ? "" : x.args[0]) << " answered "
                  << (reply.error() != nullptr    ? reply.error()->message
                      : reply.string() != nullptr ? *reply.string()
                                                  : "something else"));
    CHECK(reply == x.reply);
    CHECK(doc.text()
          == (x.after != nullptr ? x.after
              : *x.before        ? x.before
                                 : "(none)"));
  }
}

redis_reply failure(std::string text) {
  return redis_error{std::move(text)};
}

redis_reply list(std::vector<redis_reply> xs) {
  return redis_reply{std::move(xs)};
}

redis_reply number(int64_t x) {
  return x;
}

const redis_reply nil;

constexpr auto doc = R"({"a":{"b":[1,2,{"c":"x"}]},"n":1.5,"s":"t","e":[]})";

} // namespace

TEST_CASE("JSON.GET answers with bare values or arrays", "[json]") {
  check({
    {"", "GET", {}, nil},
    {"", "GET", {"$.a"}, nil},
    {doc, "GET", {}, doc},
    {doc, "GET", {"."}, doc},
    {doc, "GET", {"$"}, "["s + doc + "]"},
    {doc, "GET", {".a.b[0]"}, "1"},
    {doc, "GET", {"a.b[-1].c"}, "\"x\""},
    {doc, "GET", {".a.b[2]['c']"}, "\"x\""},
    {doc, "GET", {"$.a.b[1]"}, "[2]"},
    {doc, "GET", {"$.a.b[*]"}, R"([1,2,{"c":"x"}])"},
    {doc, "GET", {"$.nope"}, "[]"},
    {doc, "GET", {".nope"}, failure("ERR Path '$.nope' does not exist")},
    {doc, "GET", {".a.b[3]"}, failure("ERR Path '$.a.b[3]' does not exist")},
    {doc, "GET", {".a.b[-4]"}, failure("ERR Path '$.a.b[-4]' does not exist")},
    {doc, "GET", {".s.x"}, failure("ERR Path '$.s.x' does not exist")},
    {doc, "GET", {".n", ".s"}, R"({".n":1.5,".s":"t"})"},
    {doc, "GET", {"$.n", ".s"}, R"({"$.n":[1.5],".s":["t"]})"},
  });
}

TEST_CASE("JSON.SET replaces, adds members, and refuses orphans", "[json]") {
  check({
    {"", "SET", {".", "{}"}, "OK", "{}"},
    {"", "SET", {"$", " [1, 2] "}, "OK", "[1,2]"},
    {"",
     "SET",
     {".a", "1"},
     failure("ERR new objects must be created at the root")},
    {"{}", "SET", {".a", "1"}, "OK", R"({"a":1})"},
    {"{}", "SET", {"$.a", "[]"}, "OK", R"({"a":[]})"},
    {"{}", "SET", {".a.b", "1"}, nil},
    {"{}", "SET", {"$.a.b", "1"}, nil},
    {R"({"a":1})", "SET", {".a.b", "2"}, nil},
    {R"({"a":1})", "SET", {".a", "null"}, "OK", R"({"a":null})"},
    {"[1,2]", "SET", {"[1]", "{}"}, "OK", "[1,{}]"},
    {"[1,2]", "SET", {"[-2]", "0"}, "OK", "[0,2]"},
    {"[1,2]", "SET", {"[2]", "3"}, nil},
    {R"([{"x":1},{"x":2}])",
     "SET",
     {"$[*].x", "0"},
     "OK",
     R"([{"x":0},{"x":0}])"},
    {R"([{"x":1},{}])",
     "SET",
     {"$[*].y", "0"},
     "OK",
     R"([{"x":1,"y":0},{"y":0}])"},
    {"1", "SET", {".", "2", "NX"}, nil},
    {"1", "SET", {".", "2", "XX"}, "OK", "2"},
    {"", "SET", {".", "2", "nx"}, "OK", "2"},
    {"", "SET", {".", "2", "XX"}, nil},
    {R"({"z":1,"a":2})", "SET", {".z", "3"}, "OK", R"({"z":3,"a":2})"},
  });
}

TEST_CASE("JSON.DEL counts what it removes", "[json]") {
  check({
    {"", "DEL", {}, number(0)},
    {doc, "DEL", {}, number(1), "(none)"},
    {doc, "DEL", {"$"}, number(1), "(none)"},
    {doc, "DEL", {".a"}, number(1), R"({"n":1.5,"s":"t","e":[]})"},
    {doc, "DEL", {".a.x"}, number(0)},
    {"[1,2,3]", "DEL", {"[-1]"}, number(1), "[1,2]"},
    {"[1,2,3]", "FORGET", {"$[*]"}, number(3), "[]"},
    {R"({"x":1,"y":2})", "DEL", {"$.*"}, number(2), "{}"},
  });
}

TEST_CASE("JSON.NUMINCRBY and NUMMULTBY are exact where integers are",
          "[json]") {
  constexpr auto over = "ERR the result is out of range; integers go from "
                        "-2^63 to 2^64 - 1";
  check({
    {"1", "NUMINCRBY", {".", "2"}, "3", "3"},
    {"1", "NUMINCRBY", {".", "0.5"}, "1.5", "1.5"},
    {"1.5", "NUMINCRBY", {".", "1.5"}, "3.0", "3.0"},
    {"1", "NUMINCRBY", {".", "2.0"}, "3.0", "3.0"},
    {"9007199254740993",
     "NUMINCRBY",
     {".", "2"},
     "9007199254740995",
     "9007199254740995"},
    {"9223372036854775807",
     "NUMINCRBY",
     {".", "1"},
     "9223372036854775808",
     "9223372036854775808"},
    {"18446744073709551614",
     "NUMINCRBY",
     {".", "1"},
     "18446744073709551615",
     "18446744073709551615"},
    {"18446744073709551615",
     "NUMINCRBY",
     {".", "-18446744073709551615"},
     failure("ERR '-18446744073709551615' is no number")},
    {"18446744073709551615", "NUMINCRBY", {".", "1"}, failure(over)},
    {"-9223372036854775808", "NUMINCRBY", {".", "-1"}, failure(over)},
    {"1e308",
     "NUMINCRBY",
     {".", "1e308"},
     failure("ERR result is not a number")},
    {R"({"a":1,"b":"x","c":2})",
     "NUMINCRBY",
     {"$.*", "1"},
     "[2,null,3]",
     R"({"a":2,"b":"x","c":3})"},
    {R"({"a":"x"})",
     "NUMINCRBY",
     {".a", "1"},
     failure("ERR Path '$.a' does not exist or does not contains a number")},
    {"{}", "NUMINCRBY", {"$.a", "1"}, "[]"},
    {"",
     "NUMINCRBY",
     {".", "1"},
     failure("ERR could not perform this operation on a key that doesn't "
             "exist")},
    {"3", "NUMMULTBY", {".", "-2"}, "-6", "-6"},
    {"18446744073709551615",
     "NUMMULTBY",
     {".", "18446744073709551615"},
     failure("ERR the result is out of range; integers go from -2^63 to 2^64 - "
             "1")},
    {"1", "NUMINCRBY", {".", "\"2\""}, failure("ERR '\"2\"' is no number")},
  });
}

TEST_CASE("JSON.CLEAR empties containers and zeroes numbers, nothing else",
          "[json]") {
  check({
    {R"({"a":1})", "CLEAR", {}, number(1), "{}"},
    {"[1,[2]]", "CLEAR", {"$[1]"}, number(1), "[1,[]]"},
    {R"({"i":1,"f":1.5,"s":"x","b":true,"n":null,"a":[1],"o":{"x":1}})",
     "CLEAR",
     {"$.*"},
     number(4),
     R"({"i":0,"f":0,"s":"x","b":true,"n":null,"a":[],"o":{}})"},
    {R"({"i":0,"a":[],"o":{}})", "CLEAR", {"$.*"}, number(0)},
    {"{}", "CLEAR", {".nope"}, number(0)},
    {"\"x\"", "CLEAR", {}, number(0)},
    {"",
     "CLEAR",
     {},
     failure("ERR could not perform this operation on a key that doesn't "
             "exist")},
  });
}

TEST_CASE("JSON.ARRAPPEND answers with lengths", "[json]") {
  check({
    {"[]", "ARRAPPEND", {".", "1", "[2]"}, number(2), "[1,[2]]"},
    {R"({"a":[1],"b":2})",
     "ARRAPPEND",
     {"$.*", "null"},
     list({number(2), nil}),
     R"({"a":[1,null],"b":2})"},
    {R"({"a":1})",
     "ARRAPPEND",
     {".a", "1"},
     failure("ERR Path '$.a' does not exist or not an array")},
    {R"({"a":1})",
     "ARRAPPEND",
     {".b", "1"},
     failure("ERR Path '$.b' does not exist or not an array")},
    {"",
     "ARRAPPEND",
     {".", "1"},
     failure("ERR could not perform this operation on a key that doesn't "
             "exist")},
    {"[]", "ARRAPPEND", {"."}, failure("ERR syntax error")},
  });
}

TEST_CASE("JSON.TYPE, lengths, keys and toggles", "[json]") {
  constexpr auto all
    = R"({"i":1,"f":1.0,"s":"xy","b":true,"n":null,"a":[1,2]})";
  check({
    {"", "TYPE", {}, nil},
    {all, "TYPE", {}, "object"},
    {all,
     "TYPE",
     {"$.*"},
     list({"integer", "number", "string", "boolean", "null", "array"})},
    {all, "TYPE", {".nope"}, nil},
    {all, "ARRLEN", {".a"}, number(2)},
    {all, "OBJLEN", {}, number(6)},
    {all, "STRLEN", {".s"}, number(2)},
    {all, "ARRLEN", {"$.*"}, list({nil, nil, nil, nil, nil, number(2)})},
    {R"({"z":1,"a":2})", "OBJKEYS", {}, list({"z", "a"})},
    {"true", "TOGGLE", {}, number(0), "false"},
  });
}

// -- documents ----------------------------------------------------------------

TEST_CASE("documents keep what they hold to the letter", "[json]") {
  for (auto text :
       {"[]", "{}", "1.0", "1", "-1", "9223372036854775807",
        "18446744073709551615", "-9223372036854775808", "9007199254740993",
        "0.1", "1e+300", "null", "true", "\"\"", R"("\u0000\n\"\\/")",
        "\"\xc3\xa9\xf0\x9f\x98\x80\"", R"({"z":{},"a":[],"z2":[[]]})"}) {
    json_fixture x;
    CHECK(x.run("SET", {".", text}) == redis_reply{"OK"});
    CHECK(x.run("GET") == redis_reply{text});
  }
}

TEST_CASE("what is no JSON, or would lose digits, is refused", "[json]") {
  auto deep = [](size_t n) {
    return std::string(n, '[') + std::string(n, ']');
  };
  for (auto text :
       {""s, "{"s, "nope"s, "[1,]"s, "1 2"s, "'x'"s, "\"\xff\""s, "NaN"s,
        "1e999"s, "18446744073709551616"s, "-9223372036854775809"s,
        "[1,{\"a\":123456789012345678901234567890}]"s, deep(129),
        std::string(1'000'000, '['), "\"\\ud800\""s, "01"s}) {
    json_fixture x{"1"};
    auto reply = x.run("SET", {".", text});
    INFO(text.substr(0, 50));
    REQUIRE(reply.error() != nullptr);
    CHECK(reply.error()->message.starts_with("ERR "));
    CHECK(x.text() == "1");
  }
  json_fixture x;
  CHECK(x.run("SET", {".", deep(128)}) == redis_reply{"OK"});
}

TEST_CASE("a document does not grow deeper than 128", "[json]") {
  json_fixture x{"[]"};
  std::string path = "$";
  for (auto depth = 1; depth < 128; ++depth) {
    CHECK(x.run("ARRAPPEND", {path, "[]"}) == list({number(1)}));
    path += "[0]";
  }
  CHECK(x.run("ARRAPPEND", {path, "1"}) == list({number(1)}));
  auto before = x.text();
  CHECK(x.run("ARRAPPEND", {path, "[]"}).error() != nullptr);
  CHECK(x.run("SET", {path + "[0]", "[]"}).error() != nullptr);
  CHECK(x.text() == before);
}

TEST_CASE("commands with wrong arguments leave documents alone", "[json]") {
  for (const auto& command :
       std::vector<words>{{"JSON.SET", "key"},
                          {"JSON.SET", "key", "."},
                          {"JSON.SET", "key", ".", "1", "YY"},
                          {"JSON.GET"},
                          {"JSON.GET", "key", "a b"},
                          {"JSON.DEL", "key", ".", "."},
                          {"JSON.NOPE", "key"},
                          {}}) {
    std::optional<std::string> text{"[1]"};
    auto result = run_json_command_on_text(text, command);
    CHECK(result.reply.error() != nullptr);
    CHECK_FALSE(result.changed);
    CHECK(text == "[1]");
  }
}

TEST_CASE("text that is no document has the wrong type", "[json]") {
  std::optional<std::string> text{"\xAC\x01..."};
  auto reply = run_json_command_on_text(text, {"JSON.GET", "key"}).reply;
  REQUIRE(reply.error() != nullptr);
  CHECK(reply.error()->message.starts_with("Existing key has wrong"));
}
