#pragma once

#include "actor_cache/detail/fiber_pool.hpp"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace actor_cache::detail {

/// Wakes jobs whose time is over, on a thread that it has from the first wait
/// on.
///
/// Thread safety: all members may be called at the same time.
class timer {
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

    timer& by_;
    const real_time when_;
    const waker wake_;
  };

  timer() = default;

  ~timer();

  timer(const timer&) = delete;

  timer& operator=(const timer&) = delete;

private:
  void run();

  std::mutex mtx_;
  std::condition_variable changed_;

  /// Those that are yet to come, the next one first.
  std::set<std::pair<real_time, limit*>> limits_;
  bool stopped_ = false;
  std::thread thread_;
};

} // namespace actor_cache::detail
