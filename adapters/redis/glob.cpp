#include "glob.hpp"

namespace actor_cache::redis_wire {

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
