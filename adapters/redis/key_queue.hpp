#pragma once

#include "../fibers/timer.hpp"
#include "request.hpp"

#include <caf/error.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace actor_cache::redis_wire {

/// Lets those who are about to change one key take turns, in the order in which
/// they came, up to a deadline. A job that waits gives its thread away.
///
/// Thread safety: all members may be called at the same time.
class key_queue {
  struct waiter {
    std::optional<detail::waker> sleeper;
    alarm woken;
    std::atomic<bool> next = false;
  };

public:
  /// One caller's turn; the next one's begins where it ends.
  class turn {
  public:
    turn(key_queue& queue, std::string key, real_time deadline);

    ~turn();

    turn(const turn&) = delete;

    turn& operator=(const turn&) = delete;

    /// Returns why it has not come: its deadline did, or the pool of the job
    /// closes. Nothing where it has.
    const caf::error& why_not() const noexcept {
      return why_not_;
    }

  private:
    /// @returns whether the turn has come
    bool wait(waiter& me, real_time deadline);

    /// Ends a wait that was in vain.
    void leave(const std::shared_ptr<waiter>& me, real_time deadline);

    key_queue& queue_;
    const std::string key_;
    caf::error why_not_;
  };

private:
  detail::timer timer_;
  std::mutex mtx_;
  std::unordered_map<std::string, std::deque<std::shared_ptr<waiter>>> waiting_;
};

} // namespace actor_cache::redis_wire
