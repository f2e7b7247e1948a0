#include "support/fiber_pool_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using actor_cache::detail::fiber_pool;
using actor_cache::detail::waker;
using actor_cache::test::make_pool;

// Jobs that wait and are woken, and what each of them has of its own.

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

// -- what each job has --------------------------------------------------------

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
  const void* left = &b;
  std::thread{[&] {
    wake();
    left = fiber_pool::local();
  }}.join();
  CHECK(left == nullptr);
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
