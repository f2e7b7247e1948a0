#pragma once

#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace actor_cache::ets_table {

/// A position in a scan: which part of the table, and from which hash on.
struct cursor {
  size_t part = 0;
  uint64_t hash = 0;
};

std::string to_string(cursor x);

/// Reads what `to_string` returned; an empty text is `begin`.
/// @returns `errc::invalid_argument` where `text` is no cursor of a table with
///          that many parts
caf::expected<cursor> parse_cursor(std::string_view text, size_t parts,
                                   cursor begin);

} // namespace actor_cache::ets_table
