#pragma once

#include <cstddef>
#include <future>
#include <vector>

// Threads of tests. What they throw gets to whoever waits for them: the test's
// own thread, the only one for which Catch2's assertions are.

namespace actor_cache::test {

/// Runs `f(index)` on as many threads at once, waits for all, and throws what
/// the first that failed has thrown.
template <class F>
void on_threads(size_t count, F f) {
  std::vector<std::future<void>> threads;
  threads.reserve(count);
  for (size_t index = 0; index < count; ++index)
    threads.push_back(
      std::async(std::launch::async, [&f, index] { f(index); }));
  for (auto& x : threads)
    x.get();
}

/// Runs `f` on a thread of its own, waits for it, and returns what it returns.
template <class F>
auto elsewhere(F f) {
  return std::async(std::launch::async, f).get();
}

} // namespace actor_cache::test
