#include "../adapters/fibers/timer.hpp"

#include "support/fiber_pool_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

using actor_cache::detail::fiber_pool;
using actor_cache::detail::timer;
using actor_cache::detail::waker;
using actor_cache::test::make_pool;

// Jobs that go on on other threads, or wait for them.

namespace {

/// The compiler may take the thread to be the same before and after a wait.
[[gnu::noipa]] std::thread::id this_thread() {
  return std::this_thread::get_id();
}

} // namespace

TEST_CASE("a job goes on on the thread of whoever wakes it", "[fiber pool]") {
  auto pool = make_pool();
  waker wake;
  std::vector<std::thread::id> threads;
  fiber_pool* woken_in = nullptr;
  pool->run([&] {
    threads.push_back(this_thread());
    wake = pool->wake_me();
    pool->suspend();
    woken_in = fiber_pool::current();
    threads.push_back(this_thread());
  });
  fiber_pool* left_in = pool.get();
  std::thread other{[&] {
    wake();
    left_in = fiber_pool::current();
  }};
  auto id = other.get_id();
  other.join();
  CHECK(threads == std::vector{std::this_thread::get_id(), id});
  CHECK(woken_in == pool.get());
  CHECK(left_in == nullptr);
}

TEST_CASE("a job that blocks another thread waits for it", "[fiber pool]") {
  auto pool = make_pool();
  auto me = std::this_thread::get_id();
  std::atomic<int> result{0};
  pool->run([&] {
    auto found = fiber_pool::off_thread(
      [&] { return std::this_thread::get_id() == me ? 1 : 2; },
      [&] { result = -1; });
    result = found;
    result.notify_one();
  });
  result.wait(0);
  CHECK(result == 2);
}

TEST_CASE("jobs move between many threads", "[fiber pool]") {
  constexpr auto job_count = 50;
  constexpr auto rounds = 40;
  auto pool = make_pool();
  std::mutex mtx;
  std::condition_variable came;
  std::vector<std::pair<waker, std::shared_ptr<std::atomic<bool>>>> asked;
  auto stop = false;
  std::vector<std::thread> others;
  for (unsigned seed = 1; seed <= 4; ++seed)
    others.emplace_back([&, seed] {
      std::minstd_rand random{seed};
      for (;;) {
        std::unique_lock lock{mtx};
        came.wait(lock, [&] { return stop || !asked.empty(); });
        if (asked.empty())
          return;
        std::swap(asked[random() % asked.size()], asked.back());
        auto [wake, ready] = asked.back();
        asked.pop_back();
        lock.unlock();
        if (random() % 4 == 0)
          wake(); // for nothing
        *ready = true;
        wake();
        if (random() % 4 == 0)
          wake(); // perhaps too late
      }
    });
  std::atomic<int> ended{0};
  std::atomic<int> sum{0};
  for (auto i = 0; i < job_count; ++i)
    pool->run([&] {
      for (auto j = 0; j < rounds; ++j) {
        auto ready = std::make_shared<std::atomic<bool>>(false);
        {
          std::lock_guard guard{mtx};
          asked.emplace_back(pool->wake_me(), ready);
        }
        came.notify_one();
        while (!*ready)
          pool->suspend();
        ++sum;
      }
      ++ended;
      ended.notify_one();
    });
  for (auto seen = ended.load(); seen < job_count; seen = ended.load())
    ended.wait(seen);
  {
    std::lock_guard guard{mtx};
    stop = true;
  }
  came.notify_all();
  for (auto& x : others)
    x.join();
  CHECK(sum == job_count * rounds);
}

TEST_CASE("a timer wakes a job whose time is over, which may outlive it",
          "[fiber pool]") {
  auto pool = make_pool();
  std::atomic<bool> over{false};
  auto when = timer::real_time::clock::now() + 1ms;
  pool->run([by = std::make_shared<timer>(), when, &over]() mutable {
    {
      timer::limit limit{*by, when};
      while (timer::real_time::clock::now() < when
             && fiber_pool::current()->suspend())
        ; // another wake-up
    }
    by.reset(); // on the thread of its own
    over = true;
    over.notify_one();
  });
  over.wait(false);
  CHECK(timer::real_time::clock::now() >= when);
}
