#pragma once

#include "actor_cache/types.hpp"

#include <caf/error.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace actor_cache::detail {

/// The attempts of one `update`, which others may be faster than.
class update_attempts {
public:
  /// @param limit for how long others may be faster
  update_attempts(std::string cache, timespan limit)
    : cache_(std::move(cache)), limit_(limit) {
    // nop
  }

  /// Notes that an attempt came too late; the first one starts the time.
  /// @returns `errc::timeout` where there is to be no other
  caf::error come_too_late(std::string_view key);

private:
  std::string cache_;
  timespan limit_;
  size_t count_ = 0;
  std::chrono::steady_clock::time_point first_;
};

} // namespace actor_cache::detail
