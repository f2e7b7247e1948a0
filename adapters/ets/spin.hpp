#pragma once

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
/// yields, since whoever is to make `done()` true may have lost its core.
template <class Predicate>
void spin_until(Predicate done) noexcept {
  for (int spins = 0; !done(); ++spins) {
    if (spins < 64)
      pause_core();
    else
      std::this_thread::yield();
  }
}

} // namespace actor_cache::ets_table
