#pragma once

#include <chrono>

namespace actor_cache::bench {

/// Returns how long a cache line takes from one core to another one and back:
/// the median over 1,000 bursts between the first two cores that this process
/// may use, 0 where there is only one. What threads hand to each other costs
/// multiples of that, and on virtual cores it changes with where their host
/// puts them.
std::chrono::duration<double, std::nano> core_distance();

} // namespace actor_cache::bench
