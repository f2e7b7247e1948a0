#include "actor_cache/json_path.hpp"
#include "actor_cache/errc.hpp"

#include "../adapters/json/path.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace actor_cache;
using namespace actor_cache::detail;

namespace {

using steps = std::vector<json_step>;

parsed_json_path parsed(const json_path& path) {
  auto result = parse_json_path(path.text());
  INFO(path.text());
  REQUIRE(result);
  return std::move(*result);
}

constexpr int64_t at(int64_t index) {
  return index;
}

} // namespace

TEST_CASE("paths say which members and items", "[json path]") {
  using s = std::string;
  const std::pair<const char*, steps> cases[] = {
    {".", {}},
    {"$", {}},
    {".a", {s{"a"}}},
    {"a", {s{"a"}}},
    {"a.b", {s{"a"}, s{"b"}}},
    {"$.a.b", {s{"a"}, s{"b"}}},
    {".users[0].name", {s{"users"}, at(0), s{"name"}}},
    {"users[-1]", {s{"users"}, at(-1)}},
    {"[0]", {at(0)}},
    {"[0][1]", {at(0), at(1)}},
    {"$[2]", {at(2)}},
    {"$['a b']", {s{"a b"}}},
    {"[\"x\"]", {s{"x"}}},
    {"$['it\\'s'][\"a\\\"b\\\\\"]", {s{"it's"}, s{"a\"b\\"}}},
    {"['\\u00e9\\ud83d\\ude00\\n']", {s{"\u00e9\U0001F600\n"}}},
    {".\u00e9", {s{"\u00e9"}}},
    {"$.*", {json_wildcard{}}},
    {"$.users[*].name", {s{"users"}, json_wildcard{}, s{"name"}}},
    {".user-name_1:x", {s{"user-name_1:x"}}},
    {"$x", {s{"$x"}}},
    {"['']", {s{""}}},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(parsed(text).steps == expected);
  }
}

TEST_CASE("a path that begins with a dollar may mean many places",
          "[json path]") {
  CHECK_FALSE(parsed("$").legacy);
  CHECK_FALSE(parsed("$.a").legacy);
  CHECK_FALSE(parsed("$[0]").legacy);
  CHECK(parsed(".").legacy);
  CHECK(parsed(".a").legacy);
  CHECK(parsed("$a").legacy);
  CHECK(parsed({"$", 0}).legacy);
  CHECK(parsed(".a.b").text == "$.a.b");
  CHECK(parsed("a.b").text == "$.a.b");
  CHECK(parsed("[0]").text == "$[0]");
  CHECK(parsed(".").text == "$");
}

TEST_CASE("a list of names and indexes is a path, whatever the names",
          "[json path]") {
  using s = std::string;
  CHECK(parsed({}).steps.empty());
  CHECK(parsed({"users", 0, "name"}).steps
        == steps{s{"users"}, at(0), s{"name"}});
  CHECK(parsed({"a.b", "", "c\"d\\e]", "$", "x\n\xc3\xa9"}).steps
        == steps{s{"a.b"}, s{""}, s{"c\"d\\e]"}, s{"$"}, s{"x\n\xc3\xa9"}});
  CHECK(parsed(std::vector<json_path::step>{-1, "0"}).steps
        == steps{at(-1), s{"0"}});
}

TEST_CASE("what is no path is refused with the position", "[json path]") {
  auto refuse = [](std::string_view text, errc code, std::string_view where) {
    INFO(text);
    auto result = parse_json_path(text);
    REQUIRE_FALSE(result);
    CHECK(result.error() == code);
    CHECK(message_of(result.error()).find(where) != std::string::npos);
  };
  constexpr auto wrong = errc::invalid_argument;
  refuse("", wrong, "position 0");
  refuse(".a.", wrong, "position 3");
  refuse("$.", wrong, "position 2");
  refuse("a b", wrong, "position 1");
  refuse(".a[", wrong, "position 3");
  refuse(".a[0", wrong, "position 4: expected ']'");
  refuse(".a[x]", wrong, "position 3");
  refuse(".a]", wrong, "position 2");
  refuse("['a", wrong, "position 3");
  refuse("['a'", wrong, "position 4");
  refuse("[99999999999999999999]", wrong, "position 1");
  refuse("[-]", wrong, "position 1");
  refuse("['\\ud800']", wrong, "surrogate");
  refuse("['\\uzzzz']", wrong, "hexadecimal");
  constexpr auto beyond = errc::not_supported;
  refuse("$..a", beyond, "position 2");
  refuse("$.a[?(@.b)]", beyond, "position 4");
  refuse("$.a[0:2]", beyond, "position 5");
  refuse("$.a[0,1]", beyond, "position 5");
  refuse("$['a','b']", beyond, "position 5");
}
