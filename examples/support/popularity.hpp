#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace examples {

/// Draws names as people ask for them: the second most popular one half as
/// often as the first, the third a third as often (Zipf's law). Equal seeds
/// draw equal names.
class popularity {
public:
  popularity(std::vector<std::string> names, uint64_t seed)
    : names_(std::move(names)), random_(seed) {
    // Which names are popular is the same for all seeds, and has nothing to do
    // with their order.
    std::shuffle(names_.begin(), names_.end(), std::mt19937_64{0});
    auto total = 0.0;
    for (size_t rank = 1; rank <= names_.size(); ++rank)
      up_to_.push_back(total += 1.0 / static_cast<double>(rank));
  }

  const std::string& draw() {
    auto at = std::uniform_real_distribution{0.0, up_to_.back()}(random_);
    auto found = std::upper_bound(up_to_.begin(), up_to_.end() - 1, at);
    return names_[static_cast<size_t>(found - up_to_.begin())];
  }

private:
  std::vector<std::string> names_;
  std::vector<double> up_to_;
  std::mt19937_64 random_;
};

} // namespace examples
