#include "nearest_name.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace actor_cache::detail {

namespace {

bool has_word(std::string_view name, std::string_view word) {
  auto at = word.empty() ? std::string_view::npos : name.find(word);
  if (at == std::string_view::npos)
    return false;
  auto end = at + word.size();
  return (at == 0 || name[at - 1] == '_')
         && (end == name.size() || name[end] == '_');
}

} // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table are enough: row[j] is the distance between the
  // first i characters of `a` and the first j of `b`.
  std::vector<size_t> before_last(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      auto replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string_view nearest_name(std::string_view name,
                              std::span<const std::string_view> known) {
  auto distance = [name](std::string_view candidate) {
    return has_word(candidate, name) ? 0 : edit_distance(name, candidate);
  };
  return *std::ranges::min_element(known, {}, distance);
}

} // namespace actor_cache::detail
