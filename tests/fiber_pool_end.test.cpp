#include "support/fiber_pool_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using actor_cache::detail::fiber_pool;
using actor_cache::detail::waker;
using actor_cache::test::make_pool;

// Pools that close or go while jobs wait.

TEST_CASE("a waker without a job or a pool wakes nobody", "[fiber pool]") {
  auto pool = make_pool();
  auto* home = pool.get();
  std::string trace;
  waker late;
  pool->run([&] {
    late = home->wake_me();
    trace += home->suspend() ? "woken" : "ended";
  });
  waker none;
  none();
  CHECK(trace.empty());
  std::weak_ptr<fiber_pool> watched = pool;
  pool.reset();
  CHECK(watched.expired()); // a waker does not keep it
  CHECK(trace == "ended");
  late();
  CHECK(trace == "ended");
}

TEST_CASE("closing ends all waits and lets nothing begin", "[fiber pool]") {
  auto pool = make_pool();
  auto refused = 0;
  for (auto i = 0; i < 3; ++i)
    pool->run([&] {
      for (auto j = 0; j < 3; ++j)
        refused += pool->suspend() ? 0 : 1;
    });
  CHECK(refused == 0);
  pool->close();
  CHECK(refused == 9);
  auto kept = std::make_unique<int>(1);
  auto job = [kept = std::move(kept)] { FAIL("ran"); };
  CHECK_FALSE(pool->run(std::move(job)));
}

TEST_CASE("a job that runs while the pool closes waits no more",
          "[fiber pool]") {
  auto pool = make_pool();
  auto refused = 0;
  pool->run([&] {
    pool->close();
    refused += pool->suspend() ? 0 : 1;
  });
  CHECK(refused == 1);
}

TEST_CASE("a pool that goes ends its jobs", "[fiber pool]") {
  auto pool = make_pool();
  auto ended = false;
  auto* home = pool.get();
  pool->run([&, home] { ended = !home->suspend(); });
  pool.reset();
  CHECK(ended);
}

TEST_CASE("a pool outlives the job that lets go of it", "[fiber pool]") {
  auto pool = make_pool();
  waker wake;
  std::weak_ptr<fiber_pool> watched = pool;
  pool->run([&wake, mine = pool] {
    wake = mine->wake_me();
    mine->suspend();
  });
  pool.reset();
  CHECK_FALSE(watched.expired());
  std::thread{wake}.join();
  CHECK(watched.expired());
}

TEST_CASE("a pool that closes interrupts what its jobs wait for",
          "[fiber pool]") {
  auto pool = make_pool();
  std::atomic<int> interrupted{0};
  auto ended = 0;
  for (auto i = 0; i < 3; ++i)
    pool->run([&] {
      std::atomic<bool> over{false};
      ended += fiber_pool::off_thread(
        [&] {
          over.wait(false);
          return 1;
        },
        [&] {
          ++interrupted;
          over = true;
          over.notify_one();
        });
    });
  CHECK(ended == 0);
  pool->close();
  CHECK(interrupted == 3);
  CHECK(ended == 3);
}

TEST_CASE("a pool closes while its jobs move between threads", "[fiber pool]") {
  for (auto round = 0; round < 200; ++round) {
    auto pool = make_pool();
    constexpr size_t job_count = 4;
    std::vector<waker> wakers(job_count);
    std::atomic<size_t> ended{0};
    for (size_t index = 0; index < job_count; ++index)
      pool->run([&, index] {
        wakers[index] = pool->wake_me();
        while (pool->suspend())
          ; // until the pool closes
        ++ended;
      });
    std::thread other{[&] {
      for (auto& wake : wakers)
        wake();
    }};
    pool->close();
    other.join();
    REQUIRE(ended == job_count);
  }
}
