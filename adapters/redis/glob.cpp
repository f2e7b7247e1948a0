#include "glob.hpp"

#include <cstddef>
#include <utility>

namespace actor_cache::redis_wire {

namespace {

/// Matches one character against the class that begins behind '['; `position`
/// moves behind the ']'.
bool match_class(std::string_view pattern, size_t& position, char c) noexcept {
  auto negated = position < pattern.size() && pattern[position] == '^';
  position += negated ? 1 : 0;
  auto found = false;
  while (position < pattern.size() && pattern[position] != ']') {
    if (pattern[position] == '\\' && position + 1 < pattern.size()) {
      found |= pattern[++position] == c;
      ++position;
    } else if (position + 2 < pattern.size() && pattern[position + 1] == '-') {
      auto low = static_cast<unsigned char>(pattern[position]);
      auto high = static_cast<unsigned char>(pattern[position + 2]);
      if (low > high)
        std::swap(low, high);
      auto x = static_cast<unsigned char>(c);
      found |= low <= x && x <= high;
      position += 3;
    } else {
      found |= pattern[position++] == c;
    }
  }
  position += position < pattern.size() ? 1 : 0;
  return found != negated;
}

/// Matches one character; `position` moves behind the part that it fits.
bool match_one(std::string_view pattern, size_t& position, char c) noexcept {
  if (position == pattern.size())
    return false;
  switch (pattern[position]) {
    case '?':
      ++position;
      return true;
    case '[':
      return match_class(pattern, ++position, c);
    case '\\':
      if (position + 1 < pattern.size())
        ++position;
      [[fallthrough]];
    default:
      return pattern[position++] == c;
  }
}

} // namespace

bool glob_match(std::string_view pattern, std::string_view text) noexcept {
  constexpr auto none = std::string_view::npos;
  size_t p = 0;
  size_t t = 0;
  // Where to try again with a longer match of the last '*'.
  auto star = none;
  size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      retry = t;
      continue;
    }
    auto next = p;
    if (match_one(pattern, next, text[t])) {
      p = next;
      ++t;
    } else if (star != none) {
      p = star;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

std::string escape_glob(std::string_view text) {
  constexpr std::string_view special = "*?[]\\^-";
  std::string result;
  result.reserve(text.size());
  for (auto c : text) {
    if (special.find(c) != std::string_view::npos)
      result += '\\';
    result += c;
  }
  return result;
}

} // namespace actor_cache::redis_wire
