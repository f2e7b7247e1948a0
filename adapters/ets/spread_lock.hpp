#pragma once

#include "actor_cache/detail/counters.hpp"

#include "spin.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace actor_cache::ets_table {

/// A lock for tables that are read far more often than written: a reader writes
/// a cache line that is its thread's own (up to 16 threads; more share them),
/// so readers do not slow each other down. A writer has to ask all of these
/// lines, which costs about a microsecond, and goes first.
///
/// Meets the SharedMutex requirements that the standard's guards need. Whoever
/// locks must unlock on the same thread. (Linux had it as `brlock`.)
class spread_lock {
public:
  void lock() noexcept {
    spin_until([this] {
      return !writing_.load(std::memory_order_relaxed)
             && !writing_.exchange(true);
    });
    for (auto& slot : slots_)
      spin_until([&] { return slot.readers.load() == 0; });
  }

  void unlock() noexcept {
    writing_.store(false, std::memory_order_release);
  }

  void lock_shared() noexcept {
    auto& mine = slot_of_thread();
    spin_until([&] {
      if (writing_.load(std::memory_order_relaxed))
        return false;
      // Either the writer sees this reader, or this reader the writer.
      mine.readers.fetch_add(1);
      if (!writing_.load())
        return true;
      mine.readers.fetch_sub(1, std::memory_order_release);
      return false;
    });
  }

  void unlock_shared() noexcept {
    slot_of_thread().readers.fetch_sub(1, std::memory_order_release);
  }

  /// Number of cache lines that readers have now, for tests.
  size_t lines_in_use() const noexcept {
    size_t result = 0;
    for (const auto& slot : slots_)
      result += slot.readers.load() > 0 ? 1 : 0;
    return result;
  }

private:
  struct alignas(64) slot {
    std::atomic<uint32_t> readers{0};
  };

  slot& slot_of_thread() noexcept {
    return slots_[detail::thread_stripe() % slots_.size()];
  }

  std::array<slot, 16> slots_{};
  alignas(64) std::atomic<bool> writing_{false};
};

} // namespace actor_cache::ets_table
