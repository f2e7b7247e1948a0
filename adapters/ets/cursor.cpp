#include "cursor.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <charconv>

namespace actor_cache::ets_table {

std::string to_string(cursor x) {
  return fmt::format("{:x}:{:x}", x.part, x.hash);
}

caf::expected<cursor> parse_cursor(std::string_view text, size_t parts,
                                   cursor begin) {
  if (text.empty())
    return begin;
  cursor result;
  const auto* last = text.data() + text.size();
  auto [colon, bad_part] = std::from_chars(text.data(), last, result.part, 16);
  if (bad_part == std::errc{} && colon != last && *colon == ':') {
    auto [end, bad_hash] = std::from_chars(colon + 1, last, result.hash, 16);
    if (bad_hash == std::errc{} && end == last && result.part < parts)
      return result;
  }
  return make_error(errc::invalid_argument,
                    fmt::format("'{}' is no cursor of this cache; accepted is "
                                "the cursor of its last page, or an empty one",
                                text));
}

} // namespace actor_cache::ets_table
