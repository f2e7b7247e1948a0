#pragma once

#include <chrono>
#include <thread>

namespace actor_cache::ets_table {

inline void pause_core() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits for what takes well under a microsecond: spins for a moment and then
/// yields, since whoever is to make `done()` true may have lost its core; and
/// so on, since a yield may give the core away for milliseconds, in which
/// others may have made `done()` true and false again. In the end it sleeps: a
/// core that has nothing to do takes over whoever waits for another one.
template <class Predicate>
void spin_until(Predicate done) noexcept {
  constexpr unsigned spins = 64;
  constexpr unsigned yields = 32;
  for (unsigned round = 1; !done(); ++round) {
    if (round % spins != 0)
      pause_core();
    else if (round < spins * yields)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds{20});
  }
}

} // namespace actor_cache::ets_table
