#include "core_distance.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <sched.h>

namespace actor_cache::bench {

namespace {

using steady = std::chrono::steady_clock;

constexpr int bursts = 1000;
constexpr int round_trips = 100; // in each of them

std::vector<size_t> usable_cores() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  sched_getaffinity(0, sizeof(usable), &usable);
  std::vector<size_t> result;
  for (size_t core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &usable))
      result.push_back(core);
  return result;
}

/// Keeps this thread on a core, where the system lets it.
void stay_on(size_t core) {
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(core, &here);
  static_cast<void>(sched_setaffinity(0, sizeof(here), &here));
}

} // namespace

std::chrono::duration<double, std::nano> core_distance() {
  auto cores = usable_cores();
  if (cores.size() < 2)
    return {};
  alignas(64) std::atomic<int> ball{0};
  auto play = [&](int mine, auto done) {
    for (auto burst = 0; burst < bursts; ++burst) {
      auto begin = steady::now();
      for (auto i = 0; i < round_trips; ++i) {
        // Whoever gave way at once would measure the kernel, and whoever never
        // did would wait for a core that both are on.
        for (auto looks = 1; ball.load(std::memory_order_acquire) % 2 != mine;
             ++looks)
          if (looks % 10'000 == 0)
            std::this_thread::yield();
        ball.fetch_add(1, std::memory_order_acq_rel);
      }
      done(burst, steady::now() - begin);
    }
  };
  std::array<double, bursts> times{};
  std::thread other{[&] {
    stay_on(cores[1]);
    play(1, [](int, auto) {});
  }};
  std::thread one{[&] {
    stay_on(cores[0]);
    play(0, [&](int burst, std::chrono::duration<double, std::nano> span) {
      times[static_cast<size_t>(burst)] = span.count() / round_trips;
    });
  }};
  other.join();
  one.join();
  auto middle = times.begin() + bursts / 2;
  std::nth_element(times.begin(), middle, times.end());
  return std::chrono::duration<double, std::nano>{*middle};
}

} // namespace actor_cache::bench
