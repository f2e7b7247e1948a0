#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace actor_cache::detail {

/// Returns how many insertions, removals, replacements and swaps of neighbours
/// it takes to turn `a` into `b`, no part being changed twice (optimal string
/// alignment, after Damerau). O(|a| * |b|).
size_t edit_distance(std::string_view a, std::string_view b);

/// Returns the one of `known`, which is not empty, that was most likely meant
/// by `name`: one that has it as a whole word, as "default_ttl" has "ttl", else
/// the one with the least edit distance, the first of several.
std::string_view nearest_name(std::string_view name,
                              std::span<const std::string_view> known);

} // namespace actor_cache::detail
