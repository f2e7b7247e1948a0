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
/// yields, since whoever is to make `done()` true may have lost its core; and
/// so on, since a yield may give the core away for milliseconds, in which
/// others may have made `done()` true and false again.
template <class Predicate>
void spin_until(Predicate done) noexcept {
  for (unsigned spins = 1; !done(); ++spins) {
    if (spins % 64 != 0)
      pause_core();
    else
      std::this_thread::yield();
  }
}

} // namespace actor_cache::ets_table
