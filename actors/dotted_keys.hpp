#pragma once

#include <caf/error.hpp>
#include <caf/settings.hpp>

#include <string>
#include <string_view>

namespace actor_cache::detail {

/// Parses a file in CAF's format whose keys may be paths: "a.b = 1" is the same
/// as "a { b = 1 }". CAF 0.18 loses such keys, and all that follows, without a
/// word.
caf::expected<caf::settings> parse_dotted(std::string_view text);

/// Adds `from` to `into`, group by group; values of `from` win.
void merge(caf::settings& into, const caf::settings& from);

} // namespace actor_cache::detail
