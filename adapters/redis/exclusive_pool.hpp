#pragma once

#include "connection.hpp"

#include "actor_cache/adapters/redis.hpp"

#include <caf/expected.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>

namespace actor_cache::redis_wire {

/// Connections for one caller at a time, made when they are needed: up to
/// `size` are kept, up to `size` + `max_overflow` exist.
///
/// Thread safety: all members may be called at the same time.
class exclusive_pool {
public:
  exclusive_pool(const redis_options& options,
                 const connection_settings& settings);

  /// Makes a call that may take any time up to `deadline`; waiting for a
  /// connection counts.
  /// @returns `errc::timeout`, `errc::unavailable`
  caf::expected<redis_reply> call(const commands& what, real_time deadline);

  void stop();

  /// Returns how many connections exist, and how many of them are idle.
  std::pair<size_t, size_t> counts() const;

  /// Returns how many connections may exist.
  size_t limit() const noexcept {
    return max_;
  }

private:
  caf::expected<socket_ptr> check_out(real_time deadline);

  void check_in(socket_ptr link);

  const size_t size_;
  const size_t max_;
  const redis_strategy strategy_;
  const connection_settings settings_;
  stop_signal stopping_;
  mutable std::mutex mtx_;
  std::condition_variable changed_;
  std::deque<socket_ptr> idle_;
  size_t open_ = 0;
  size_t waiting_ = 0;
  bool stopped_ = false;
};

} // namespace actor_cache::redis_wire
