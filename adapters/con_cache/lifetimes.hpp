#pragma once

#include "actor_cache/types.hpp"

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace actor_cache::con_cache_store {

/// How long each entry that expires was to live when it was stored.
///
/// Thread safety: all members may be called at the same time.
class lifetimes {
public:
  /// Notes the lifetime of an entry that was stored at `now`.
  void note(std::string_view key, time_point deadline, time_point now) {
    if (deadline == never) {
      forget(key);
      return;
    }
    auto& part = part_of(key);
    std::lock_guard guard{part.mtx};
    if (auto i = part.spans.find(key); i != part.spans.end())
      i->second = deadline - now;
    else
      part.spans.emplace(std::string{key}, deadline - now);
  }

  void forget(std::string_view key) {
    auto& part = part_of(key);
    std::lock_guard guard{part.mtx};
    if (auto i = part.spans.find(key); i != part.spans.end())
      part.spans.erase(i);
  }

  std::optional<timespan> of(std::string_view key) {
    auto& part = part_of(key);
    std::lock_guard guard{part.mtx};
    auto i = part.spans.find(key);
    return i != part.spans.end() ? std::optional{i->second} : std::nullopt;
  }

  void clear() {
    for (auto& part : parts_) {
      std::lock_guard guard{part.mtx};
      part.spans.clear();
    }
  }

private:
  struct alignas(64) part {
    std::mutex mtx;
    std::map<std::string, timespan, std::less<>> spans;
  };

  part& part_of(std::string_view key) noexcept {
    return parts_[std::hash<std::string_view>{}(key) % parts_.size()];
  }

  std::array<part, 64> parts_;
};

} // namespace actor_cache::con_cache_store
