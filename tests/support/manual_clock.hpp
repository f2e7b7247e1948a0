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
  }

private:
  // Some time after the epoch, as a steady clock would have it.
  std::atomic<timespan::rep> now_{timespan{std::chrono::hours{1}}.count()};
};

} // namespace actor_cache::test
