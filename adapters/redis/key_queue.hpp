#pragma once

#include "request.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace actor_cache::redis_wire {

/// Lets those who are about to change one key take turns, in the order in which
/// they came. A job that waits for its turn gives its thread away.
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
    turn(key_queue& queue, std::string key);

    ~turn();

    turn(const turn&) = delete;

    turn& operator=(const turn&) = delete;

  private:
    /// Ends the wait of a job whose pool closes.
    void leave(const std::shared_ptr<waiter>& me);

    key_queue& queue_;
    const std::string key_;

    /// Without it the pool of the caller closes: none of its waits succeeds.
    bool held_ = true;
  };

private:
  std::mutex mtx_;
  std::unordered_map<std::string, std::deque<std::shared_ptr<waiter>>> waiting_;
};

} // namespace actor_cache::redis_wire
