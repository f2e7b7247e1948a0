#include "support/config_fixture.hpp"
#include "support/member_count.hpp"

#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/adapters/counter.hpp"
#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/adapters/persistent_term.hpp"
#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/type_name.hpp"

#include <fmt/format.h>

#include <concepts>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// docs/configuration.md has each option, and each option can be configured.

// -- nothing is forgotten -----------------------------------------------------

namespace {

template <class T>
constexpr size_t field_count = std::tuple_size_v<decltype(T::fields)>;

template <class T>
void check_all_configurable() {
  INFO("options: " << type_name<T>());
  CHECK(field_count<T> == member_count<T>());
}

} // namespace

TEST_CASE("each member of an options struct can be configured", "[config]") {
  check_all_configurable<compression_options>();
  check_all_configurable<counter_options>();
  check_all_configurable<dets_options>();
  check_all_configurable<ets_options>();
  check_all_configurable<load_options>();
  check_all_configurable<provenance_options>();
  check_all_configurable<redis_tls_options>();
  CHECK(member_count<agent_options>() == 0);
  CHECK(member_count<persistent_term_options>() == 0);
  // But for the name, the adapter and the clock.
  CHECK(field_count<cache_spec> + 3 == member_count<cache_spec>());
  // But for `on_event`.
  CHECK(field_count<con_cache_options> + 1
        == member_count<con_cache_options>());
  // `size` has a second name.
  CHECK(field_count<redis_options> == member_count<redis_options>() + 1);
}

// -- docs/configuration.md ----------------------------------------------------

namespace {

std::string document() {
  std::ifstream in{ACTOR_CACHE_CONFIGURATION_MD};
  std::stringstream result;
  result << in.rdbuf();
  REQUIRE(!result.str().empty());
  return result.str();
}

/// Returns what comes between `begin` and `end`.
std::string between(const std::string& text, const std::string& begin,
                    const std::string& end) {
  INFO("looking for: " << begin);
  auto from = text.find(begin);
  REQUIRE(from != std::string::npos);
  from += begin.size();
  auto to = text.find(end, from);
  return text.substr(from, to - from);
}

std::string in_table(bool x) {
  return fmt::format("| true or false | `{}` |", x);
}

template <std::integral T>
std::string in_table(T x) {
  return fmt::format("| integer | `{}` |", x);
}

std::string in_table(double x) {
  return fmt::format("| number | `{}` |", x);
}

std::string in_table(const std::string& x) {
  return fmt::format("| text | `\"{}\"` |", x);
}

std::string in_table(timespan x) {
  return fmt::format("| span | `{}` |", x == timespan{0} ? "0s" : render(x));
}

std::string in_table(ttl x) {
  return fmt::format("| lifetime | `{}` |",
                     x.is_infinite() ? "\"infinite\"" : to_string(x));
}

std::string in_table(const std::optional<ttl>& x) {
  return x ? in_table(*x) : "| lifetime | unset |";
}

std::string in_table(const std::optional<timespan>& x) {
  return x ? in_table(*x) : "| span | unset |";
}

template <class T>
  requires(std::is_enum_v<T>)
std::string in_table(T x) {
  std::string names;
  for (auto name : names_of(x))
    names += fmt::format("{}`\"{}\"`", names.empty() ? "" : ", ", name);
  return fmt::format("| {} | `\"{}\"` |", names,
                     names_of(x)[static_cast<size_t>(x)]);
}

std::string in_table(const std::vector<std::string>& xs) {
  REQUIRE(xs.empty());
  return "| list of texts | `[]` |";
}

/// Appends a row for each option of `x`, such as a table must have.
template <class T>
void append_rows(std::vector<std::string>& rows, const std::string& prefix,
                 const T& x) {
  auto append = [&](const auto& member) {
    const auto& value = x.*member.member;
    if constexpr (requires { value.fields; })
      append_rows(rows, fmt::format("{}{}.", prefix, member.name), value);
    else
      rows.push_back(
        fmt::format("| `{}{}` {}", prefix, member.name, in_table(value)));
  };
  std::apply([&](const auto&... members) { (append(members), ...); },
             T::fields);
}

/// Checks that the table below a heading has `rows`, one for each option of
/// `x`, and no others.
template <class T>
void check_table(const std::string& heading, const T& x,
                 std::vector<std::string> rows = {}) {
  append_rows(rows, "", x);
  auto section = between(document(), "\n## " + heading + "\n", "\n## ");
  size_t found = 0;
  for (auto at = section.find("\n| `"); at != std::string::npos;
       at = section.find("\n| `", at + 1))
    ++found;
  CHECK(found == rows.size());
  for (const auto& row : rows) {
    INFO("the table in '" << heading << "' lacks: " << row);
    CHECK(section.find("\n" + row) != std::string::npos);
  }
}

} // namespace

TEST_CASE("the tables of docs/configuration.md have all options and defaults",
          "[config]") {
  check_table("Options of each cache", cache_spec{},
              {"| `adapter` | the name of an adapter | `\"ets\"` |"});
  check_table("Options of `ets`", ets_options{});
  check_table("Options of `dets`", dets_options{});
  check_table("Options of `con_cache`", con_cache_options{});
  check_table("Options of `counter`", counter_options{});
  check_table("Options of `redis`", redis_options{});
}

TEST_CASE("the file that docs/configuration.md shows makes caches",
          "[config]") {
  configured_system host{{}, between(document(), "\n```conf\n", "\n```\n")};
  auto caches = caches_from_config(host.system());
  INFO((caches ? "" : message_of(caches.error())));
  REQUIRE(caches);
  CHECK(caches->size() == 2);
  CHECK(host.start(*caches).empty());
}
