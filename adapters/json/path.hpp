#pragma once

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace actor_cache::detail {

/// All members of an object, all items of an array.
struct json_wildcard {
  bool operator==(const json_wildcard&) const = default;
};

using json_step = std::variant<std::string, int64_t, json_wildcard>;

/// A JSON path, taken apart.
struct parsed_json_path {
  /// Whether it means one place, and is answered with a bare value.
  bool legacy = true;

  std::vector<json_step> steps;

  /// The path as RedisJSON writes it in errors, with a `$` in front.
  std::string text;
};

/// Takes a path apart: `.a[0].b`, `a.b`, `$.a.b`, `$['a b'][-1]`, `["x"]`,
/// `$.users[*].name`, `.` and `$`.
/// @returns `errc::invalid_argument` for what is no path, `errc::not_supported`
///          for what only the server's module knows (filters, slices, unions,
///          `..`); both name the position
caf::expected<parsed_json_path> parse_json_path(std::string_view text);

} // namespace actor_cache::detail
