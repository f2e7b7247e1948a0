#pragma once

#include "actor_cache/codec.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

// Makes nlohmann::json a value like any other: what a map is to ElixirCache.
// Only who includes this header needs nlohmann-json.

namespace actor_cache {

template <>
inline constexpr std::string_view type_name_of<nlohmann::json> = "json";

/// Stores a JSON value as its text. What comes back equals what was stored:
/// `[]` is not `{}`, `1` is not `1.0`, integers are exact from -2^63 to
/// 2^64 - 1 and floats to the last bit.
///
/// `save` fails for what JSON has no words for: NaN and infinities, text that
/// is not UTF-8, binary and discarded values. Both fail for what is nested more
/// than 512 deep.
template <>
struct codec<nlohmann::json> {
  static caf::error save(wire::writer& out, const nlohmann::json& value);
  static caf::expected<nlohmann::json> load(wire::reader& in);
};

} // namespace actor_cache
