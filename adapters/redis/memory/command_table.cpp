#include "command_table.hpp"

#include <algorithm>
#include <charconv>

namespace actor_cache::redis_wire {

std::string to_lower(std::string_view x) {
  std::string result{x};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_word(std::string_view x, std::string_view lower) {
  return x.size() == lower.size() && to_lower(x) == lower;
}

std::optional<int64_t> to_integer(std::string_view x) {
  int64_t result = 0;
  auto [ptr, ec] = std::from_chars(x.data(), x.data() + x.size(), result);
  if (ec != std::errc{} || ptr != x.data() + x.size()
      || std::to_string(result) != x)
    return std::nullopt;
  return result;
}

std::optional<redis_reply> read_cursor(const std::string& text,
                                       scan_arguments& out) {
  const auto* end = text.data() + text.size();
  auto [ptr, ec] = std::from_chars(text.data(), end, out.cursor);
  if (ec != std::errc{} || ptr != end)
    return redis_error{"ERR invalid cursor"};
  return std::nullopt;
}

std::optional<redis_reply> read_scan_arguments(command_args args, size_t first,
                                               scan_arguments& out) {
  auto keys = first == 2; // SCAN itself
  for (auto i = first; i < args.size(); i += 2) {
    if (i + 1 == args.size())
      return syntax_error();
    if (is_word(args[i], "match")) {
      out.match = args[i + 1];
    } else if (is_word(args[i], "count")) {
      auto count = to_integer(args[i + 1]);
      if (!count)
        return not_an_integer();
      if (*count < 1)
        return syntax_error();
      out.count = static_cast<size_t>(*count);
    } else if (keys && is_word(args[i], "type")) {
      out.type = args[i + 1];
    } else {
      return syntax_error();
    }
  }
  return std::nullopt;
}

} // namespace actor_cache::redis_wire
