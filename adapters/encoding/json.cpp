#include "actor_cache/json.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace actor_cache {

namespace {

using json = nlohmann::json;

/// How deep arrays and objects may contain one another. nlohmann's `dump` calls
/// itself that deep.
constexpr size_t max_json_depth = 512;

caf::error refuse(std::string text) {
  return make_error(errc::encoding_failed, "JSON " + std::move(text));
}

std::string too_deep() {
  return "is nested more than " + std::to_string(max_json_depth) + " deep";
}

/// Checks that JSON's text can say what `value` holds; UTF-8 is left to `dump`.
caf::error check(const json& value, size_t depth) {
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    return refuse("has no NaN and no infinity");
  if (value.is_binary())
    return refuse("has no binary values");
  if (value.is_discarded())
    return refuse("cannot hold a discarded value");
  if (!value.is_structured())
    return {};
  if (depth == max_json_depth)
    return refuse(too_deep());
  for (const auto& item : value)
    if (auto err = check(item, depth + 1); !err.empty())
      return err;
  return {};
}

/// Returns how deep brackets nest in `text`, leaving out strings.
size_t depth_of(std::string_view text) {
  size_t depth = 0;
  size_t deepest = 0;
  auto in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

} // namespace

caf::error codec<json>::save(wire::writer& out, const json& value) {
  if (auto err = check(value, 0); !err.empty())
    return err;
  try {
    out.text(value.dump());
    return {};
  } catch (const json::exception&) {
    return refuse("text must be UTF-8");
  }
}

caf::expected<json> codec<json>::load(wire::reader& in) {
  std::string_view text;
  if (!in.text(text))
    return in.error();
  if (depth_of(text) > max_json_depth)
    return make_error(errc::corrupt_value, "JSON " + too_deep());
  constexpr auto throwing = false;
  auto value = json::parse(text, nullptr, throwing);
  if (value.is_discarded())
    return make_error(errc::corrupt_value, "the text is not JSON");
  return value;
}

} // namespace actor_cache
