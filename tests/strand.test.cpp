#include "actor_cache/detail/strand.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using actor_cache::detail::strand;
using actor_cache::detail::waker;

namespace {

/// A strand whose owner is the test: it runs what is ready when told to.
struct owner {
  std::atomic<int> posts{0};
  std::shared_ptr<strand> jobs = std::make_shared<strand>([this] { ++posts; });
};

/// An owner that sleeps until it is posted to, as an actor does.
class sleeping_owner {
public:
  strand& jobs() {
    return *jobs_;
  }

  /// Runs jobs until `over`.
  template <class Predicate>
  void run_until(Predicate over) {
    while (!over()) {
      std::unique_lock lock{mtx_};
      posted_.wait(lock, [this] { return posts_ > 0; });
      posts_ = 0;
      lock.unlock();
      jobs_->run_ready();
    }
  }

private:
  std::mutex mtx_;
  std::condition_variable posted_;
  int posts_ = 0;
  std::shared_ptr<strand> jobs_ = std::make_shared<strand>([this] {
    std::lock_guard guard{mtx_};
    ++posts_;
    posted_.notify_one();
  });
};

} // namespace

TEST_CASE("a job that does not wait runs to its end", "[strand]") {
  owner o;
  auto ran = false;
  o.jobs->run([&] {
    CHECK(strand::current() == o.jobs.get());
    ran = true;
  });
  CHECK(ran);
  CHECK(strand::current() == nullptr);
  CHECK(o.posts == 0);
}

TEST_CASE("jobs that wait give the thread to the next", "[strand]") {
  owner o;
  std::string trace;
  std::vector<waker> wakers(3);
  for (size_t index = 0; index < 3; ++index)
    o.jobs->run([&, index] {
      trace += static_cast<char>('a' + index);
      wakers[index] = o.jobs->wake_me();
      CHECK(o.jobs->suspend());
      trace += static_cast<char>('A' + index);
    });
  CHECK(trace == "abc");
  CHECK(strand::current() == nullptr);
  wakers[1]();
  wakers[2]();
  CHECK(o.posts == 1); // one post for all that is ready
  CHECK(trace == "abc");
  o.jobs->run_ready();
  CHECK(trace == "abcBC");
  wakers[0]();
  o.jobs->run_ready();
  CHECK(trace == "abcBCA");
}

TEST_CASE("a waker that is called before the wait ends it", "[strand]") {
  owner o;
  auto over = false;
  o.jobs->run([&] {
    o.jobs->wake_me()();
    CHECK(o.jobs->suspend());
    over = true;
  });
  CHECK_FALSE(over);
  CHECK(o.posts == 1);
  o.jobs->run_ready();
  CHECK(over);
}

TEST_CASE("a job may be woken for nothing", "[strand]") {
  owner o;
  auto wakes = 0;
  auto ready = false;
  waker wake;
  o.jobs->run([&] {
    wake = o.jobs->wake_me();
    while (!ready) {
      CHECK(o.jobs->suspend());
      ++wakes;
    }
  });
  wake();
  wake();
  o.jobs->run_ready();
  CHECK(wakes >= 1);
  CHECK(wakes <= 2);
  ready = true;
  wake();
  o.jobs->run_ready();
  auto wakes_then = wakes;
  wake();
  o.jobs->run_ready();
  CHECK(wakes == wakes_then);
}

TEST_CASE("a waker of a job that has ended wakes no other", "[strand]") {
  owner o;
  waker late;
  o.jobs->run([&] { late = o.jobs->wake_me(); });
  auto woken = false;
  waker right;
  o.jobs->run([&] { // on the stack of the first
    right = o.jobs->wake_me();
    CHECK(o.jobs->suspend());
    woken = true;
  });
  late();
  o.jobs->run_ready();
  CHECK_FALSE(woken);
  right();
  o.jobs->run_ready();
  CHECK(woken);
}

TEST_CASE("a waker without a job or a strand does nothing", "[strand]") {
  waker none;
  none();
  std::optional<owner> o{std::in_place};
  waker late;
  o->jobs->run([&] { late = o->jobs->wake_me(); });
  o.reset();
  late();
}

TEST_CASE("closing ends all waits, also those to come", "[strand]") {
  owner o;
  auto refused = 0;
  for (auto i = 0; i < 3; ++i)
    o.jobs->run([&] {
      for (auto j = 0; j < 3; ++j)
        refused += o.jobs->suspend() ? 0 : 1;
    });
  CHECK(refused == 0);
  o.jobs->close();
  CHECK(refused == 9);
  o.jobs->run([&] { refused += o.jobs->suspend() ? 0 : 1; });
  CHECK(refused == 10);
}

TEST_CASE("a job that blocks another thread waits for it", "[strand]") {
  sleeping_owner o;
  auto me = std::this_thread::get_id();
  auto result = 0;
  o.jobs().run([&] {
    result = strand::off_thread(
      [&] { return std::this_thread::get_id() == me ? 1 : 2; },
      [&] { result = -1; });
  });
  o.run_until([&] { return result != 0; });
  CHECK(result == 2);
}

TEST_CASE("a strand that closes interrupts what its jobs wait for",
          "[strand]") {
  owner o;
  std::atomic<int> interrupted{0};
  auto ended = 0;
  for (auto i = 0; i < 3; ++i)
    o.jobs->run([&] {
      std::atomic<bool> over{false};
      ended += strand::off_thread(
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
  o.jobs->close();
  CHECK(interrupted == 3);
  CHECK(ended == 3);
}

TEST_CASE("a strand that goes ends its jobs", "[strand]") {
  std::optional<owner> o{std::in_place};
  auto ended = false;
  auto* jobs = o->jobs.get();
  o->jobs->run([&, jobs] { ended = !jobs->suspend(); });
  o.reset();
  CHECK(ended);
}

TEST_CASE("the stacks of a strand end with its owner, whoever holds it longer",
          "[strand]") {
  // As a waker does that is just being called on another thread.
  std::shared_ptr<strand> held;
  auto ran = 0;
  std::thread{[&] {
    owner o;
    held = o.jobs;
    o.jobs->run([&] { ++ran; });
    o.jobs->run([&] { ran += o.jobs->suspend() ? 0 : 1; });
    o.jobs->close();
  }}.join();
  CHECK(ran == 2);
  CHECK(held.use_count() == 1);
  held.reset(); // on a thread that they have never been on
}

TEST_CASE("what a job throws comes to the owner", "[strand]") {
  owner o;
  CHECK_THROWS_AS(o.jobs->run([] { throw std::runtime_error{"at once"}; }),
                  std::runtime_error);
  CHECK(strand::current() == nullptr);
  waker first;
  waker second;
  auto over = false;
  o.jobs->run([&] {
    first = o.jobs->wake_me();
    o.jobs->suspend();
    throw std::logic_error{"later"};
  });
  o.jobs->run([&] {
    second = o.jobs->wake_me();
    o.jobs->suspend();
    over = true;
  });
  first();
  second();
  CHECK_THROWS_AS(o.jobs->run_ready(), std::logic_error);
  CHECK(over); // the others had their turn
  o.jobs->run([&] { over = false; });
  CHECK_FALSE(over); // the stack is in order
}

TEST_CASE("a job may throw while the strand closes", "[strand]") {
  owner o;
  auto ended = 0;
  for (auto i = 0; i < 2; ++i)
    o.jobs->run([&] {
      o.jobs->suspend();
      ++ended;
      throw 1;
    });
  o.jobs->close();
  CHECK(ended == 2);
}

TEST_CASE("an exception may be caught beside a wait", "[strand]") {
  owner o;
  std::vector<waker> wakers(2);
  auto caught = 0;
  for (auto& wake : wakers)
    o.jobs->run([&] {
      wake = o.jobs->wake_me();
      o.jobs->suspend();
      try {
        throw std::runtime_error{"x"};
      } catch (const std::runtime_error&) {
        ++caught;
      }
      o.jobs->suspend();
    });
  for (auto& wake : wakers)
    wake();
  o.jobs->run_ready();
  CHECK(caught == 2);
}

TEST_CASE("jobs wait at any depth of their stacks", "[strand]") {
  owner o;
  std::vector<waker> wakers(4);
  std::vector<int> sums(4);
  struct deep {
    static int down(strand& jobs, int depth) {
      volatile char room[512] = {};
      if (depth > 0)
        return down(jobs, depth - 1) + 1 + room[depth % 512];
      jobs.suspend();
      return 0;
    }
  };
  for (size_t index = 0; index < 4; ++index)
    o.jobs->run([&, index] {
      wakers[index] = o.jobs->wake_me();
      sums[index] = deep::down(*o.jobs, 500);
    });
  for (auto& wake : wakers)
    wake();
  o.jobs->run_ready();
  CHECK(sums == std::vector{500, 500, 500, 500});
}

TEST_CASE("a job may use another strand", "[strand]") {
  owner outer;
  owner inner;
  std::string trace;
  waker wake;
  outer.jobs->run([&] {
    inner.jobs->run([&] {
      CHECK(strand::current() == inner.jobs.get());
      wake = inner.jobs->wake_me();
      inner.jobs->suspend();
      trace += "inner";
    });
    CHECK(strand::current() == outer.jobs.get());
    wake();
    inner.jobs->run_ready();
    trace += " outer";
  });
  CHECK(trace == "inner outer");
}

TEST_CASE("jobs are woken from many threads", "[strand]") {
  constexpr auto job_count = 50;
  constexpr auto rounds = 40;
  sleeping_owner o;
  std::mutex mtx;
  std::condition_variable came;
  std::vector<std::pair<waker, std::atomic<bool>*>> asked;
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
  auto ended = 0;
  auto sum = 0;
  for (auto i = 0; i < job_count; ++i)
    o.jobs().run([&] {
      for (auto j = 0; j < rounds; ++j) {
        std::atomic<bool> ready{false};
        {
          std::lock_guard guard{mtx};
          asked.emplace_back(o.jobs().wake_me(), &ready);
        }
        came.notify_one();
        while (!ready)
          o.jobs().suspend();
        ++sum;
      }
      ++ended;
    });
  o.run_until([&] { return ended == job_count; });
  {
    std::lock_guard guard{mtx};
    stop = true;
  }
  came.notify_all();
  for (auto& x : others)
    x.join();
  CHECK(sum == job_count * rounds);
}
