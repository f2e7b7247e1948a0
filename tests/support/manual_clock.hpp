#pragma once

#include "actor_cache/clock.hpp"

#include <atomic>

namespace actor_cache::test {

/// A clock that stands still until a test moves it.
class manual_clock final : public clock {
public:
  time_point now() const noexcept override {
    return time_point{timespan{now_.load()}};
  }

  void advance(timespan by) noexcept {
    now_ += by.count();
    if (follower_ != nullptr)
      *follower_ = (now_ - begin) / 1000;
  }

  /// Lets the microseconds from now on be found in `follower`, too.
  void lead(std::atomic<int64_t>& follower) noexcept {
    follower_ = &follower;
    follower = (now_ - begin) / 1000;
  }

private:
  // Some time after the epoch, as a steady clock would have it.
  static constexpr auto begin = timespan{std::chrono::hours{1}}.count();

  std::atomic<timespan::rep> now_{begin};
  std::atomic<int64_t>* follower_ = nullptr;
};

} // namespace actor_cache::test
