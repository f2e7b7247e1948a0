#pragma once

#include "connection.hpp"

#include "actor_cache/adapters/redis.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <utility>

namespace actor_cache::redis_wire {

/// Connections for one caller at a time, made when they are needed: up to
/// `size` are kept, up to `size` + `max_overflow` exist.
///
/// Whether the server is there is for one of the shared connections to find
/// out, the sentry. While that is down all calls fail at once; where a call
/// fails by itself, the sentry is asked, and none is made until it knows.
///
/// Thread safety: all members may be called at the same time.
class exclusive_pool {
public:
  /// @param sentry a shared connection to the same server; outlives the pool
  exclusive_pool(const redis_options& options,
                 const connection_settings& settings, connection& sentry);

  /// Makes a call that may take any time up to `deadline`; waiting for a
  /// connection counts. Blocks this thread, or only the job that it runs; ends
  /// where the pool or the job does.
  /// @returns `errc::timeout`, `errc::unavailable`, `errc::cache_not_running`
  caf::expected<redis_reply> call(const commands& what, real_time deadline) {
    return call_in_steps({&what, 1}, deadline);
  }

  /// Makes several calls on one connection; one that is answered with an error
  /// is the last.
  /// @returns the replies to all that were made, as if in one call
  caf::expected<redis_reply> call_in_steps(std::span<const commands> steps,
                                           real_time deadline);

  /// Closes the connections that nobody uses.
  void drop_idle();

  /// Ends all calls; `why` is what callers are told.
  void stop(const caf::error& why = cache_stopped());

  /// Returns how many connections exist, and how many of them are idle.
  std::pair<size_t, size_t> counts() const;

  /// Returns how many connections may exist.
  size_t limit() const noexcept {
    return max_;
  }

private:
  /// A job that makes a call on another thread.
  struct job {
    fd_signal leaves;
    bool left = false;
  };

  /// Makes a call on this thread.
  /// @param whose the job that waits for it elsewhere, if any
  caf::expected<redis_reply> run(std::span<const commands> steps,
                                 real_time deadline, const job* whose);

  /// Returns an idle connection, or null for the right to make one.
  caf::expected<socket_ptr> reserve(real_time deadline, const job* whose);

  caf::expected<socket_ptr> connect(real_time deadline, const job* whose);

  /// Takes a connection back, or without one the right to make one.
  void give_back(socket_ptr link);

  /// Lets the call of a job end early.
  void interrupt(job& whose);

  interruption interruption_of(const job* whose) const;

  /// Returns why a call cannot go on. Needs the lock.
  caf::error why_over(const job* whose) const;

  /// Returns why no call is made for now.
  caf::error why_refused();

  const size_t size_;
  const size_t max_;
  const redis_strategy strategy_;
  const connection_settings settings_;
  connection& sentry_;
  fd_signal stopping_;
  mutable std::mutex mtx_;
  std::condition_variable changed_;
  std::deque<socket_ptr> idle_;
  size_t open_ = 0;
  size_t waiting_ = 0;

  /// Why no call is made any more.
  caf::error stopped_;

  /// Why the last attempt to connect failed, and what the sentry was asked
  /// then.
  caf::error failure_;
  request_ptr probe_;
};

} // namespace actor_cache::redis_wire
