#pragma once

#include "path.hpp"

#include <nlohmann/json.hpp>

#include <caf/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::detail {

/// A JSON document: members keep their order.
using json_document = nlohmann::ordered_json;

/// How deep arrays and objects may contain one another, as in RedisJSON.
inline constexpr size_t max_document_depth = 128;

/// Reads JSON text.
/// @returns `errc::invalid_argument` for what is no JSON, for integers outside
/// of
///          -2^63 to 2^64 - 1, which would lose digits, and for what is nested
///          deeper than 128
caf::expected<json_document> parse_document(std::string_view text);

/// Returns how deep `x` is nested: 0 for a scalar.
size_t depth_of(const json_document& x);

/// Returns all places in `document` that `steps` lead to, in its order. A
/// pointer is valid until what contains it is changed.
std::vector<json_document*> find_all(json_document& document,
                                     const std::vector<json_step>& steps);

/// Puts `value` at all places that `path` leads to, or adds a member where its
/// parent is an object.
/// @returns how many places that were
size_t set_at(json_document& document, const parsed_json_path& path,
              const json_document& value);

/// Removes what `path`, which is not the root, leads to.
/// @returns how many values that were
size_t erase_at(json_document& document, const parsed_json_path& path);

/// Makes arrays and objects empty and numbers 0.
/// @returns whether that changed `x`
bool clear_value(json_document& x);

/// Returns `x` plus (or times) `y`, exactly where both are integers.
/// @returns `errc::invalid_argument` where the result is out of range
caf::expected<json_document> add(const json_document& x,
                                 const json_document& y);
caf::expected<json_document> multiply(const json_document& x,
                                      const json_document& y);

} // namespace actor_cache::detail
