#include "file_name.hpp"

#include <fmt/format.h>

namespace actor_cache::detail {

std::string file_name_of(std::string_view cache, std::string_view extension) {
  std::string result;
  for (auto c : cache) {
    auto plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                 || (c >= '0' && c <= '9') || c == '_' || c == '-'
                 || (c == '.' && !result.empty());
    if (plain)
      result.push_back(c);
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result.append(extension);
}

} // namespace actor_cache::detail
