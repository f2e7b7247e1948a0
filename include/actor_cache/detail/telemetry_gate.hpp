#pragma once

#include <atomic>
#include <cstdint>

namespace actor_cache::detail {

/// What calls look at to learn whether anybody wants to know of them. Written
/// when handlers come and go, so that it stays in all caches of all cores.
struct alignas(64) telemetry_gate {
  enum : uint32_t {
    starts = 1 << 0,
    stops = 1 << 1,
    exceptions = 1 << 2,
    misses = 1 << 3,
    errors = 1 << 4,
    /// Events that are about no call.
    others = 1 << 5,
    /// Metrics of the time that calls take.
    durations = 1 << 6,
  };

  std::atomic<uint32_t> flags{0};
};

} // namespace actor_cache::detail
