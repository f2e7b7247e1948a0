#pragma once

#include <string_view>

namespace actor_cache::detail {

/// Tells whether `text` fits a pattern of Redis: `*`, `?`, `[a-c]`, `[^a]`, and
/// `\` before a character that stands for itself. Takes time in proportion to
/// the product of the lengths at most.
bool glob_match(std::string_view pattern, std::string_view text) noexcept;

} // namespace actor_cache::detail
