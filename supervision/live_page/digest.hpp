#pragma once

#include <array>
#include <string>
#include <string_view>

namespace actor_cache::detail {

using digest = std::array<unsigned char, 32>;

digest sha256(std::string_view text);

std::string base64(const digest& x);

/// Compares two texts in a time that tells nothing about them.
bool same_secret(std::string_view lhs, std::string_view rhs);

/// Returns 64 digits that nobody can guess; nothing where the system has no
/// randomness to give.
std::string random_secret();

} // namespace actor_cache::detail
