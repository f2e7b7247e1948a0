#pragma once

#include "actor_cache/types.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>

namespace actor_cache::detail {

/// Counts restarts within a sliding window of time. (Erlang: `intensity` and
/// `period` of `supervisor:sup_flags`.)
class restart_intensity {
public:
  restart_intensity(size_t max_restarts, timespan max_period)
    : max_restarts_(max_restarts), max_period_(max_period) {
    // nop
  }

  /// Notes a restart at `now`.
  /// @returns whether it is still within the bounds
  bool note(time_point now) {
    restarts_.push_back(now);
    while (now - restarts_.front() > max_period_)
      restarts_.pop_front();
    return restarts_.size() <= max_restarts_;
  }

  /// Returns how many restarts there were within the window that ends at `now`.
  size_t recent(time_point now) const {
    return static_cast<size_t>(
      std::count_if(restarts_.begin(), restarts_.end(),
                    [&](time_point x) { return now - x <= max_period_; }));
  }

private:
  const size_t max_restarts_;
  const timespan max_period_;
  std::deque<time_point> restarts_;
};

} // namespace actor_cache::detail
