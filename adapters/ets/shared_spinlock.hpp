#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

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
    wait_for(attempt);
    wait_for(
      [this] { return state_.load(std::memory_order_acquire) == writer; });
  }

  void unlock() noexcept {
    state_.fetch_sub(writer, std::memory_order_release);
  }

  void lock_shared() noexcept {
    wait_for([this] {
      if ((state_.load(std::memory_order_relaxed) & writer) != 0)
        return false;
      if ((state_.fetch_add(1, std::memory_order_acquire) & writer) == 0)
        return true;
      state_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    });
  }

  void unlock_shared() noexcept {
    state_.fetch_sub(1, std::memory_order_release);
  }

private:
  static constexpr uint32_t writer = 1u << 31;

  template <class Predicate>
  static void wait_for(Predicate done) noexcept {
    for (int spins = 0; !done(); ++spins) {
      if (spins < 64)
        pause();
      else
        std::this_thread::yield();
    }
  }

  static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::atomic<uint32_t> state_{0};
};

} // namespace actor_cache::ets_table
