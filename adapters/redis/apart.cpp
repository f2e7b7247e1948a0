#include "apart.hpp"

#include "command_info.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace actor_cache::redis_wire {

std::vector<std::pair<std::string, commands>> take_apart(const commands& what) {
  constexpr std::array<std::string_view, 5> divisible{"MGET", "EXISTS", "TOUCH",
                                                      "DEL", "UNLINK"};
  if (what.count() != 1)
    return {};
  auto words = commands::words(what.bytes());
  auto is_name = [&](std::string_view x) { return same_word(words[0], x); };
  if (words.size() < 3
      || std::none_of(divisible.begin(), divisible.end(), is_name))
    return {};
  std::vector<std::pair<std::string, commands>> result;
  result.reserve(words.size() - 1);
  for (auto key = words.begin() + 1; key != words.end(); ++key)
    result.emplace_back(*key, commands{words[0], *key});
  return result;
}

caf::expected<redis_reply>
put_together(std::vector<caf::expected<redis_reply>> replies) {
  redis_reply::array joined;
  int64_t sum = 0;
  for (auto& reply : replies) {
    if (!reply || reply->error() != nullptr)
      return std::move(reply);
    if (auto* items = reply->items())
      std::move(items->begin(), items->end(), std::back_inserter(joined));
    else if (const auto* number = reply->integer())
      sum += *number;
  }
  return joined.empty() ? redis_reply{sum} : redis_reply{std::move(joined)};
}

} // namespace actor_cache::redis_wire
