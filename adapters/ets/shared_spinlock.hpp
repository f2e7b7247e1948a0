#pragma once

#include "spin.hpp"

#include <atomic>
#include <cstdint>

namespace actor_cache::ets_table {

/// A lock for critical sections of well under a microsecond: one writer or any
/// number of readers, four bytes, one atomic instruction to enter and to leave.
/// Writers go first, so that readers cannot starve them. Whoever waits spins
/// for a moment and then yields, since the holder may have lost its core.
///
/// Meets the SharedMutex requirements that the standard's guards need.
class shared_spinlock {
public:
  void lock() noexcept {
    auto attempt = [this] {
      auto seen = state_.load(std::memory_order_relaxed);
      return (seen & writer) == 0
             && state_.compare_exchange_weak(seen, seen | writer,
                                             std::memory_order_acquire);
    };
    spin_until(attempt);
    spin_until(
      [this] { return state_.load(std::memory_order_acquire) == writer; });
  }

  void unlock() noexcept {
    state_.fetch_sub(writer, std::memory_order_release);
  }

  void lock_shared() noexcept {
    if (!try_lock_shared()) [[unlikely]]
      spin_until([this] { return try_lock_shared(); });
  }

  bool try_lock_shared() noexcept {
    if ((state_.load(std::memory_order_relaxed) & writer) != 0)
      return false;
    if ((state_.fetch_add(1, std::memory_order_acquire) & writer) == 0)
      return true;
    state_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }

  void unlock_shared() noexcept {
    state_.fetch_sub(1, std::memory_order_release);
  }

private:
  static constexpr uint32_t writer = 1u << 31;

  std::atomic<uint32_t> state_{0};
};

} // namespace actor_cache::ets_table
