#pragma once

#include "actor_cache/types.hpp"

namespace actor_cache::redis_wire {

/// How long to wait between attempts to connect: each wait is twice the one
/// before, up to a limit, less a random share of it, so that many clients do
/// not come back to a server at the same time. ("Exponential Backoff And
/// Jitter", AWS Architecture Blog, 2015.)
class back_off {
public:
  /// The random share is below this.
  static constexpr double max_share = 0.25;

  /// @param first the wait after the first failed attempt, above zero
  /// @param longest no wait is longer; not below `first`
  back_off(timespan first, timespan longest) noexcept
    : first_(first), longest_(longest), full_(first) {
    // nop
  }

  /// Returns the wait after one more failed attempt.
  /// @param dice a random number, at least 0 and below 1
  timespan next(double dice) noexcept;

  /// To be called after an attempt that succeeded: all begins again.
  void reset() noexcept {
    full_ = first_;
  }

private:
  timespan first_;
  timespan longest_;

  /// The next wait, before its random share is taken off.
  timespan full_;
};

} // namespace actor_cache::redis_wire
