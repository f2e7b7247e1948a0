#include "../adapters/ets/spread_lock.hpp"

#include "support/world.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <shared_mutex>

using namespace actor_cache;
using namespace actor_cache::test;

TEST_CASE("readers of a spread lock are on cache lines of their own", "[ets]") {
  ets_table::spread_lock mtx;
  constexpr size_t count = 4;
  std::atomic<size_t> inside{0};
  std::atomic<size_t> lines{0};
  on_threads(count, [&](size_t index) {
    std::shared_lock guard{mtx};
    ++inside;
    wait_until([&] { return inside == count; });
    if (index == 0)
      lines = mtx.lines_in_use();
    else
      wait_until([&] { return lines > 0; });
  });
  CHECK(lines == count);
  CHECK(mtx.lines_in_use() == 0);
}

TEST_CASE("a writer of a spread lock is alone", "[ets]") {
  ets_table::spread_lock mtx;
  int first = 0;
  int second = 0;
  std::atomic<int> torn{0};
  on_threads(4, [&](size_t index) {
    for (int round = 0; round < 2000; ++round)
      if (index < 2) {
        std::lock_guard guard{mtx};
        ++first;
        ++second;
      } else {
        std::shared_lock guard{mtx};
        torn += first != second ? 1 : 0;
      }
  });
  CHECK(first == 4000);
  CHECK(torn == 0);
}
