#include "actor_cache/match.hpp"
#include "actor_cache/match_json.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace match = actor_cache::match;

namespace {

struct address {
  std::string city;
  std::optional<std::string> zip;
};

struct user {
  std::string role;
  uint32_t age = 0;
  int64_t balance = 0;
  bool active = false;
  address home;
  std::optional<address> work;
  std::shared_ptr<address> post;
  std::vector<std::string> tags;
  std::optional<std::string> nickname;

  std::string full_role() const {
    return "the " + role;
  }
};

user someone() {
  user result;
  result.role = "admin";
  result.age = 42;
  result.balance = -7;
  result.active = true;
  result.home = {"Bonn", "53111"};
  result.tags = {"new", "vip"};
  return result;
}

/// Tells whether `spec` matches the key "user:1" and `value`.
template <class Spec, class V>
bool matches(const Spec& spec, const V& value) {
  static_assert(actor_cache::match_spec<Spec, V>);
  return spec(std::string{"user:1"}, value);
}

} // namespace

TEST_CASE("a match spec can look at the key", "[match]") {
  CHECK(matches(match::key == "user:1", 0));
  CHECK_FALSE(matches(match::key == "user:2", 0));
  CHECK(matches(match::key != "user:2", 0));
  CHECK(matches("user:1" == match::key, 0));
  CHECK(matches(match::key < "user:2", 0));
  CHECK_FALSE(matches(match::key > "user:2", 0));
  CHECK(matches("user:2" > match::key, 0));
  CHECK(matches(match::key <= "user:1" && match::key >= "user:1", 0));
  CHECK(matches(match::key.starts_with("user:"), 0));
  CHECK_FALSE(matches(match::key.starts_with("ser:"), 0));
  CHECK(matches(match::key.ends_with(":1"), 0));
  CHECK_FALSE(matches(match::key.ends_with(":"), 0));
  CHECK(matches(match::key.contains("er:"), 0));
  CHECK_FALSE(matches(match::key.contains("er1"), 0));
  CHECK(matches(match::key.in("user:0", "user:1"), 0));
  CHECK_FALSE(matches(match::key.in("user:0", "user:2"), 0));
  CHECK(matches(match::key.between("user:0", "user:2"), 0));
  CHECK_FALSE(matches(match::key.between("user:2", "user:9"), 0));
}

TEST_CASE("a match spec can look at the whole value", "[match]") {
  CHECK(matches(match::value > 4, 5));
  CHECK_FALSE(matches(match::value > 5, 5));
  CHECK(matches(match::value >= 5, 5));
  CHECK(matches(match::value.contains("el"), std::string{"hello"}));
  CHECK(matches(match::value.contains(2), std::vector{1, 2, 3}));
  CHECK_FALSE(matches(match::value.contains(4), std::vector{1, 2, 3}));
  CHECK(matches(match::value == match::key, std::string{"user:1"}));
  CHECK(matches(match::value.satisfies([](int x) { return x % 2 == 1; }), 5));
  CHECK_FALSE(
    matches(match::value.satisfies([](int x) { return x % 2 == 1; }), 4));
  CHECK(matches(match::value, true));
  CHECK_FALSE(matches(match::value, false));
}

TEST_CASE("a match spec can look at fields", "[match]") {
  auto x = someone();
  CHECK(matches(match::field(&user::role) == "admin", x));
  CHECK_FALSE(matches(match::field(&user::role) == "guest", x));
  CHECK(matches(match::field(&user::full_role) == "the admin", x));
  CHECK(matches(match::field(&user::role).in("guest", "admin"), x));
  CHECK(matches(match::field(&user::active), x));
  CHECK_FALSE(matches(!match::field(&user::active), x));
  CHECK(matches(match::field(&user::home, &address::city) == "Bonn", x));
  CHECK_FALSE(matches(match::field(&user::home, &address::city) == "Ulm", x));
  CHECK(matches(match::field(&user::tags).contains("vip"), x));
  CHECK_FALSE(matches(match::field(&user::tags).contains("vi"), x));
  CHECK(matches(match::field(&user::role).starts_with("ad"), x));
}

TEST_CASE("integers in match specs compare by value whatever their signs",
          "[match]") {
  auto x = someone();
  CHECK(matches(match::field(&user::age) > -1, x));
  CHECK_FALSE(matches(match::field(&user::age) < -1, x));
  CHECK(matches(match::field(&user::balance) < 3u, x));
  CHECK_FALSE(matches(match::field(&user::balance) == uint64_t(-7), x));
  CHECK(matches(match::field(&user::balance) < match::field(&user::age), x));
}

TEST_CASE("what is missing compares as false in a match spec", "[match]") {
  auto x = someone();
  auto city = match::field(&user::work, &address::city);
  CHECK_FALSE(matches(city == "Ulm", x));
  CHECK_FALSE(matches(city != "Ulm", x));
  CHECK_FALSE(matches(city.starts_with(""), x));
  CHECK_FALSE(matches(city.exists(), x));
  CHECK(matches(!(city == "Ulm"), x));
  x.work = address{"Ulm", std::nullopt};
  CHECK(matches(city == "Ulm", x));
  CHECK_FALSE(matches(city != "Ulm", x));
  CHECK(matches(city.starts_with("U"), x));
  CHECK(matches(city.exists(), x));

  auto post = match::field(&user::post, &address::city);
  CHECK_FALSE(matches(post.exists(), x));
  x.post = std::make_shared<address>(address{"Kiel", {}});
  CHECK(matches(post == "Kiel", x));
  CHECK(
    matches(post.satisfies([](const auto& s) { return s.size() == 4; }), x));

  auto nickname = match::field(&user::nickname);
  CHECK_FALSE(matches(nickname.exists(), x));
  CHECK_FALSE(matches(nickname.contains("o"), x));
  x.nickname = "Jo";
  CHECK(matches(nickname.exists(), x));
  CHECK(matches(nickname == "Jo", x));
  CHECK(matches(nickname.contains("o"), x));
}

TEST_CASE("match specs and callables join by and, or, and not", "[match]") {
  auto x = someone();
  auto yes = match::field(&user::role) == "admin";
  auto no = match::field(&user::role) == "guest";
  auto callable = [](std::string_view, const user& u) { return u.age == 42; };
  CHECK(matches(yes && yes, x));
  CHECK_FALSE(matches(yes && no, x));
  CHECK_FALSE(matches(no && yes, x));
  CHECK(matches(no || yes, x));
  CHECK_FALSE(matches(no || no, x));
  CHECK(matches(!no, x));
  CHECK_FALSE(matches(!yes, x));
  CHECK(matches(yes && callable, x));
  CHECK(matches(callable && yes, x));
  CHECK_FALSE(matches(no && callable, x));
  CHECK(matches(no || callable, x));
  CHECK(matches(match::any, x));
  CHECK_FALSE(matches(!match::any, x));
  CHECK(matches(callable, x));
}

TEST_CASE("a match spec keeps the constants that it was made with", "[match]") {
  auto spec = [] {
    std::string text = "a role that is too long for any small buffer";
    char buffer[] = "admin";
    auto result = match::field(&user::role) == std::string_view{text}
                  || match::field(&user::role) == text.c_str()
                  || match::field(&user::role) == buffer;
    text.assign(text.size(), 'x');
    buffer[0] = 'x';
    return result;
  }();
  auto x = someone();
  CHECK(matches(spec, x));
  x.role = "a role that is too long for any small buffer";
  CHECK(matches(spec, x));
}

TEST_CASE("a match spec of literals is a constant", "[match]") {
  static constexpr auto spec = match::field(&user::role) == "admin"
                               && match::key.starts_with("user:")
                               && !(match::field(&user::age) < 18);
  CHECK(matches(spec, someone()));
  static_assert((match::value > 3 && match::key == "k")("k", 4));
  static_assert(!(match::value > 3 && match::key == "k")("k", 3));
}

TEST_CASE("a match spec can look into json", "[match]") {
  auto x = nlohmann::json::parse(R"({
    "a": {"b": [5, {"c": "text"}], "d.e": true, "n": null, "big": -3},
    "tags": ["x", 7], "f": 1.5})");
  CHECK(matches(match::json("a.b[0]") == 5, x));
  CHECK(matches(match::json("$.a.b[0]") == 5, x));
  CHECK(matches(match::json("a.b[0]") == 5.0, x));
  CHECK(matches(match::json("a.b[0]") < 6, x));
  CHECK(matches(6 > match::json("a.b[0]"), x));
  CHECK_FALSE(matches(match::json("a.b[0]") > 6, x));
  CHECK(matches(match::json("a.big") < 1u, x));
  CHECK(matches(match::json("a.b[1].c") == "text", x));
  CHECK(matches(match::json("a.b[1].c") == match::json("a.b[1][\"c\"]"), x));
  CHECK(matches(match::json("a.b[1].c").starts_with("te"), x));
  CHECK(matches(match::json("a.b[1].c") > "tex", x));
  CHECK(matches(match::json("a[\"d.e\"]") == true, x));
  CHECK(matches(match::json("a[\"d.e\"]"), x));
  CHECK(matches(match::json("a.n") == nullptr, x));
  CHECK_FALSE(matches(match::json("a.n") != nullptr, x));
  CHECK(matches(match::json("a.n").exists(), x));
  CHECK(matches(match::json("f") > 1, x));
  CHECK(matches(match::json("tags").contains("x"), x));
  CHECK(matches(match::json("tags").contains(7), x));
  CHECK_FALSE(matches(match::json("tags").contains("y"), x));
  CHECK(matches(match::json("a.b[1]") == nlohmann::json{{"c", "text"}}, x));
  CHECK(matches(match::json("$") == x, x));
  CHECK(matches(match::json("a.b[0]").in(4, 5), x));
}

TEST_CASE("json of another kind is different and not less", "[match]") {
  auto x = nlohmann::json{{"s", "5"}, {"n", 5}, {"b", true}};
  CHECK_FALSE(matches(match::json("s") == 5, x));
  CHECK(matches(match::json("s") != 5, x));
  CHECK_FALSE(matches(match::json("s") < 6, x));
  CHECK_FALSE(matches(match::json("n") < "6", x));
  CHECK_FALSE(matches(match::json("b") == 1, x));
  CHECK_FALSE(matches(match::json("n") == nullptr, x));
  CHECK(matches(match::json("n") != nullptr, x));
  CHECK_FALSE(matches(match::json("s") == match::json("n"), x));
  CHECK_FALSE(matches(match::json("n").starts_with("5"), x));
  CHECK_FALSE(matches(match::json("n"), x));
}

TEST_CASE("a json path that leads nowhere matches nothing", "[match]") {
  auto x = nlohmann::json{{"a", {1, 2}}};
  for (auto path : {"b", "a.b", "a[2]", "a[0].c", "[0]"}) {
    INFO(path);
    auto at = match::json_at(path);
    REQUIRE(at);
    CHECK_FALSE(matches(at->exists(), x));
    CHECK_FALSE(matches(*at == 1, x));
    CHECK_FALSE(matches(*at != 1, x));
    CHECK_FALSE(matches(*at == nullptr, x));
  }
}

TEST_CASE("a json path that is none is refused", "[match]") {
  for (auto path : {".", "a.", "a..b", "a[", "a[]", "a[x]", "a[-1]", "[\"a",
                    "a[0", ".a", "a[99999999999999999999]"}) {
    INFO(path);
    auto at = match::json_at(path);
    REQUIRE_FALSE(at);
    CHECK(at.error() == actor_cache::errc::invalid_argument);
  }
  for (auto path : {"", "$", "a", "$.a", "$[0]", "a[0][1]", "[\"a.b\"].c"})
    CHECK(match::json_at(path));
}
