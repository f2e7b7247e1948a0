#pragma once

#include <string>
#include <string_view>

namespace actor_cache::redis_wire {

/// Tells whether `text` fits a pattern of Redis: `*`, `?`, `[a-c]`, `[^a]`, and
/// `\` before a character that stands for itself. Takes time in proportion to
/// the product of the lengths at most.
bool glob_match(std::string_view pattern, std::string_view text) noexcept;

/// Returns the pattern that only `text` itself fits.
std::string escape_glob(std::string_view text);

} // namespace actor_cache::redis_wire
