#include "actor_cache/detail/fiber_pool.hpp"

#include "../adapters/fibers/timer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

using actor_cache::detail::fiber_pool;
using actor_cache::detail::timer;
using actor_cache::detail::waker;

namespace {

std::shared_ptr<fiber_pool> make_pool() {
  return std::make_shared<fiber_pool>();
}

/// The compiler may take the thread to be the same before and after a wait.
[[gnu::noipa]] std::thread::id this_thread() {
  return std::this_thread::get_id();
}

} // namespace

TEST_CASE("a job that does not wait runs to its end", "[fiber pool]") {
  auto pool = make_pool();
  auto ran = false;
  CHECK(pool->run([&] {
    CHECK(fiber_pool::current() == pool.get());
    ran = true;
  }));
  CHECK(ran);
  CHECK(fiber_pool::current() == nullptr);
}

TEST_CASE("jobs that wait give the thread to the next", "[fiber pool]") {
  auto pool = make_pool();
  std::string trace;
  std::vector<waker> wakers(3);
  for (size_t index = 0; index < 3; ++index)
    pool->run([&, index] {
      trace += static_cast<char>('a' + index);
      wakers[index] = pool->wake_me();
      CHECK(pool->suspend());
      trace += static_cast<char>('A' + index);
    });
  CHECK(trace == "abc");
  CHECK(fiber_pool::current() == nullptr);
  wakers[1]();
  CHECK(trace == "abcB");
  wakers[2]();
  wakers[0]();
  CHECK(trace == "abcBCA");
}

TEST_CASE("a job goes on on the thread of whoever wakes it", "[fiber pool]") {
  auto pool = make_pool();
  waker wake;
  std::vector<std::thread::id> threads;
  pool->run([&] {
    threads.push_back(this_thread());
    wake = pool->wake_me();
    pool->suspend();
    CHECK(fiber_pool::current() == pool.get());
    threads.push_back(this_thread());
  });
  std::thread other{[&] {
    wake();
    CHECK(fiber_pool::current() == nullptr);
  }};
  auto id = other.get_id();
  other.join();
  CHECK(threads == std::vector{std::this_thread::get_id(), id});
}

TEST_CASE("a job owns what it was made of", "[fiber pool]") {
  auto pool = make_pool();
  waker wake;
  auto held = std::make_shared<int>(1);
  auto sum = 0;
  {
    auto job = [&pool, &wake, &sum, mine = held] {
      wake = pool->wake_me();
      pool->suspend();
      sum += *mine;
    };
    pool->run(std::move(job));
  }
  CHECK(held.use_count() == 2);
  wake();
  CHECK(sum == 1);
  CHECK(held.use_count() == 1);
}

TEST_CASE("a waker that is called before the wait ends it", "[fiber pool]") {
  auto pool = make_pool();
  auto over = false;
  pool->run([&] {
    pool->wake_me()();
    CHECK(pool->suspend());
    over = true;
  });
  CHECK(over);
}

TEST_CASE("a job may be woken for nothing", "[fiber pool]") {
  auto pool = make_pool();
  auto wakes = 0;
  auto ready = false;
  waker wake;
  pool->run([&] {
    wake = pool->wake_me();
    while (!ready) {
      CHECK(pool->suspend());
      ++wakes;
    }
  });
  wake();
  wake();
  CHECK(wakes == 2);
  ready = true;
  wake();
  CHECK(wakes == 3);
  wake();
  CHECK(wakes == 3);
}

TEST_CASE("a waker of a job that has ended wakes no other", "[fiber pool]") {
  auto pool = make_pool();
  waker late;
  pool->run([&] { late = pool->wake_me(); });
  auto woken = false;
  waker right;
  pool->run([&] { // on the stack of the first
    right = pool->wake_me();
    CHECK(pool->suspend());
    woken = true;
  });
  late();
  CHECK_FALSE(woken);
  right();
  CHECK(woken);
}

TEST_CASE("a waker without a job or a pool does nothing", "[fiber pool]") {
  waker none;
  none();
  auto pool = make_pool();
  waker late;
  pool->run([&] { late = pool->wake_me(); });
  pool.reset();
  late();
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

TEST_CASE("jobs have deadlines of their own", "[fiber pool]") {
  auto pool = make_pool();
  auto soon = fiber_pool::real_time::clock::now();
  waker wake;
  auto first = fiber_pool::real_time::min();
  auto second = first;
  pool->run(
    [&] {
      wake = pool->wake_me();
      pool->suspend();
      first = pool->deadline();
    },
    soon);
  pool->run([&] { second = pool->deadline(); });
  wake();
  CHECK(first == soon);
  CHECK(second == fiber_pool::real_time::max());
}

TEST_CASE("each job has a word of its own, and so has the thread",
          "[fiber pool]") {
  auto pool = make_pool();
  auto a = 0;
  auto b = 0;
  fiber_pool::local() = &a;
  waker wake;
  const void* seen = nullptr;
  pool->run([&] {
    CHECK(fiber_pool::local() == nullptr);
    fiber_pool::local() = &b;
    wake = pool->wake_me();
    pool->suspend();
    seen = fiber_pool::local();
  });
  CHECK(fiber_pool::local() == &a);
  std::thread{[&] {
    wake();
    CHECK(fiber_pool::local() == nullptr);
  }}.join();
  CHECK(seen == &b);
  fiber_pool::local() = nullptr;
}

TEST_CASE("jobs may wait while they handle exceptions", "[fiber pool]") {
  auto pool = make_pool();
  std::vector<waker> wakers(2);
  std::vector<std::string> caught;
  for (size_t index = 0; index < 2; ++index)
    pool->run([&, index] {
      wakers[index] = pool->wake_me();
      try {
        throw std::runtime_error{std::to_string(index)};
      } catch (const std::runtime_error&) {
        pool->suspend();
        try {
          throw; // what this job handles, and no other's
        } catch (const std::runtime_error& ex) {
          caught.emplace_back(ex.what());
        }
      }
    });
  CHECK(std::uncaught_exceptions() == 0);
  CHECK(std::current_exception() == nullptr);
  for (auto& wake : wakers) // on other threads, and not in reverse order
    std::thread{wake}.join();
  CHECK(caught == std::vector<std::string>{"0", "1"});
}

TEST_CASE("jobs wait at any depth of their stacks", "[fiber pool]") {
  auto pool = make_pool();
  std::vector<waker> wakers(4);
  std::vector<int> sums(4);
  struct deep {
    static int down(fiber_pool& jobs, int depth) {
      volatile char room[512] = {};
      if (depth > 0)
        return down(jobs, depth - 1) + 1 + room[depth % 512];
      jobs.suspend();
      return 0;
    }
  };
  for (size_t index = 0; index < 4; ++index)
    pool->run([&, index] {
      wakers[index] = pool->wake_me();
      sums[index] = deep::down(*pool, 500);
    });
  for (auto& wake : wakers)
    wake();
  CHECK(sums == std::vector{500, 500, 500, 500});
}

TEST_CASE("stacks that nobody needs go, and come back", "[fiber pool]") {
  auto pool = make_pool();
  constexpr size_t count = 400; // more than a pool keeps
  std::vector<waker> old(count);
  auto ended = size_t{0};
  for (auto round = 0; round < 3; ++round) {
    std::vector<waker> wakers(count);
    for (size_t index = 0; index < count; ++index)
      pool->run([&, index] {
        wakers[index] = pool->wake_me();
        pool->suspend();
        ++ended;
      });
    for (auto& wake : old) // of jobs that have ended
      wake();
    CHECK(ended == static_cast<size_t>(round) * count);
    for (auto& wake : wakers)
      wake();
    old = std::move(wakers);
  }
  CHECK(ended == 3 * count);
}

TEST_CASE("a job may begin and wake others", "[fiber pool]") {
  auto outer = make_pool();
  auto inner = make_pool();
  std::string trace;
  outer->run([&] {
    waker wake;
    inner->run([&] {
      CHECK(fiber_pool::current() == inner.get());
      wake = inner->wake_me();
      inner->suspend();
      trace += "inner";
    });
    CHECK(fiber_pool::current() == outer.get());
    wake();
    CHECK(fiber_pool::current() == outer.get());
    trace += " outer";
  });
  CHECK(trace == "inner outer");
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
  for (auto i = 0; i < 4; ++i)
    others.emplace_back([&] {
      std::minstd_rand random{std::random_device{}()};
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
