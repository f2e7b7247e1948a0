#pragma once

#include "actor_cache/detail/fiber_pool.hpp"

#include <memory>

namespace actor_cache::detail {

/// Wakes jobs whose time is over, on a thread that it has from the first wait
/// on.
///
/// Thread safety: all members may be called at the same time.
class timer {
  struct shared_state;

public:
  using real_time = fiber_pool::real_time;

  /// A wait of the job that runs: up to its end the job is woken once, at the
  /// given time.
  class limit {
  public:
    limit(timer& by, real_time when);

    ~limit();

    limit(const limit&) = delete;

    limit& operator=(const limit&) = delete;

  private:
    friend class timer;

    shared_state& by_;
    const real_time when_;
    const waker wake_;
  };

  timer();

  /// Nobody may wait any more. A job that was woken may still be at its end on
  /// the timer's own thread, and even be who destroys the timer.
  ~timer();

  timer(const timer&) = delete;

  timer& operator=(const timer&) = delete;

private:
  static void run(shared_state& with);

  const std::shared_ptr<shared_state> state_;
};

} // namespace actor_cache::detail
