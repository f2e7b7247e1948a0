#pragma once

#include <caf/expected.hpp>

#include <chrono>
#include <cstdint>
#include <functional>

namespace actor_cache::redis_wire {

/// Deadlines of requests run on real time, whatever clock the cache has.
using real_clock = std::chrono::steady_clock;
using real_time = real_clock::time_point;

/// A file descriptor that is readable from a call of `signal` to the next one
/// of `clear`.
class fd_signal {
public:
  fd_signal();

  ~fd_signal();

  fd_signal(const fd_signal&) = delete;

  fd_signal& operator=(const fd_signal&) = delete;

  void signal() noexcept;

  /// Takes all signals back.
  void clear() noexcept;

  int fd() const noexcept {
    return fd_;
  }

private:
  int fd_;
};

/// What may cut a wait short.
struct interruption {
  /// Ends the wait with an error once it signals.
  const fd_signal& stop;

  /// Does so, too, if there is one.
  const fd_signal* also = nullptr;

  /// Ends all waits as their own deadlines do.
  real_time deadline = real_time::max();

  /// Called now and then during the wait; returns when to be called next.
  std::function<real_time()> pulse = nullptr;
};

/// Waits until one of `events` of `fd`, or until `deadline`.
/// @returns the events, 0 at the deadline, `errc::unavailable` if interrupted
caf::expected<short> wait_for(int fd, short events, real_time deadline,
                              const interruption* by = nullptr);

/// Waits likewise, or until `bell` is signalled, which counts as no event.
caf::expected<short> wait_for(int fd, short events, real_time deadline,
                              fd_signal& bell);

} // namespace actor_cache::redis_wire
