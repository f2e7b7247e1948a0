#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace actor_cache::detail {

/// Returns the calling thread's number, which no other thread of those that use
/// this copy of the library ever has; small as long as there are few of them.
/// Not inline: a function in which a job changes its thread must ask again.
size_t thread_stripe() noexcept;

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

/// Counters that threads add to without sharing a cache line: the first threads
/// have counts of their own, which takes them no atomic increment, all others
/// spread over the rest.
class counters {
public:
  void add(counter which, uint64_t n = 1) noexcept {
    auto index = static_cast<size_t>(which);
    auto thread = thread_stripe();
    if (thread < owned) {
      auto& mine = stripes_[thread].values[index];
      mine.store(mine.load(std::memory_order_relaxed) + n,
                 std::memory_order_relaxed);
    } else {
      stripes_[owned + thread % shared].values[index].fetch_add(
        n, std::memory_order_relaxed);
    }
  }

  uint64_t sum(counter which) const noexcept {
    uint64_t result = 0;
    for (const auto& stripe : stripes_)
      result += stripe.values[static_cast<size_t>(which)].load(
        std::memory_order_relaxed);
    return result;
  }

private:
  static constexpr size_t owned = 16;

  static constexpr size_t shared = 16;

  struct alignas(64) stripe {
    std::array<std::atomic<uint64_t>, num_counters> values{};
  };

  std::array<stripe, owned + shared> stripes_{};
};

} // namespace actor_cache::detail
