#include "back_off.hpp"

#include <chrono>

namespace actor_cache::redis_wire {

timespan back_off::next(double dice) noexcept {
  auto wait = full_;
  full_ = wait < longest_ / 2 ? wait * 2 : longest_;
  return wait - std::chrono::duration_cast<timespan>(wait * max_share * dice);
}

} // namespace actor_cache::redis_wire
