#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace actor_cache::detail {

/// Returns a small number that differs between threads as long as there are
/// few of them.
inline size_t thread_stripe() noexcept {
  static std::atomic<size_t> next{0};
  thread_local const size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

/// What a cache counts; what reads and writes count most comes first.
enum class counter : size_t {
  hits,
  misses,
  puts,
  replaced,
  erased,
  expired,
  cleared,
  loads,
  load_failures,
  loads_superseded,
  load_nanoseconds,
};

inline constexpr size_t num_counters
  = static_cast<size_t>(counter::load_nanoseconds) + 1;

/// Counters that threads add to without sharing a cache line.
class counters {
public:
  void add(counter which, uint64_t n = 1) noexcept {
    auto& stripe = stripes_[thread_stripe() % stripes_.size()];
    stripe.values[static_cast<size_t>(which)].fetch_add(
      n, std::memory_order_relaxed);
  }

  uint64_t sum(counter which) const noexcept {
    uint64_t result = 0;
    for (const auto& stripe : stripes_)
      result += stripe.values[static_cast<size_t>(which)].load(
        std::memory_order_relaxed);
    return result;
  }

private:
  struct alignas(64) stripe {
    std::array<std::atomic<uint64_t>, num_counters> values{};
  };

  std::array<stripe, 16> stripes_{};
};

} // namespace actor_cache::detail
