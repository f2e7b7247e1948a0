#pragma once

#include "actor_cache/detail/function_ref.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace actor_cache::detail {

class fiber;
class fiber_pool;

/// Wakes one job, from any thread; without effect once the job has ended.
class waker {
public:
  waker() = default;

  /// Where the job waits, it goes on here and now, up to its end or its next
  /// wait. Must not be called with a lock that the job may take.
  void operator()() const;

private:
  friend class fiber_pool;

  waker(std::shared_ptr<fiber> sleeper, uint64_t turn)
    : sleeper_(std::move(sleeper)), turn_(turn) {
    // nop
  }

  std::shared_ptr<fiber> sleeper_;
  uint64_t turn_ = 0;
};

/// Runs jobs, each on a stack of its own. A job that has to wait for another
/// thread gives the one that it runs on away instead of blocking it, and goes
/// on on the thread of whoever wakes it.
///
/// So calls that are written to block, those of an adapter that waits for I/O,
/// answer any number of messages at once without a second form, and without a
/// thread that stands between those who ask and the one that has the answer.
///
/// What a job finds on its thread may be another thread's after a wait: jobs
/// must not keep references to thread-local objects over one. The exceptions
/// that it is about to handle, and `local`, are its own.
///
/// Thread safety: all members may be called at the same time.
class fiber_pool : public std::enable_shared_from_this<fiber_pool> {
public:
  using real_time = std::chrono::steady_clock::time_point;

  fiber_pool();

  ~fiber_pool();

  fiber_pool(const fiber_pool&) = delete;

  fiber_pool& operator=(const fiber_pool&) = delete;

  /// Runs `job`, which must not throw, on this thread until it ends or waits.
  /// @param deadline what `deadline` returns in this job
  /// @throws std::bad_alloc where there is no stack for it
  /// @returns false where the pool is closed; `job` is as it was then
  template <class F>
  bool run(F&& job, real_time deadline = real_time::max()) {
    return start(
      [&job] {
        auto mine = std::forward<F>(job); // on the stack of the job
        mine();
      },
      deadline);
  }

  /// Ends all waits, so that the jobs come to their end, and takes no more.
  /// Returns once no job waits; such as run on other threads may go on for a
  /// while.
  void close() noexcept;

  bool closed() const noexcept {
    return closed_;
  }

  // -- for jobs, on the thread that runs them ---------------------------------

  /// Returns the pool whose job this thread runs, null elsewhere.
  static fiber_pool* current() noexcept;

  /// Returns a word of the running job's own, or else of this thread; null at
  /// first.
  static const void*& local() noexcept;

  /// Returns until when the running job should have ended.
  real_time deadline() const noexcept;

  /// Returns what wakes the running job.
  waker wake_me() const;

  /// Waits until a waker of the running job is called, which may be one for
  /// something else: check what you wait for, and wait again.
  /// @returns false where the pool closes instead
  bool suspend();

  /// Runs `f` on a thread of its own, so that it may block, while the job that
  /// calls waits. Where the pool closes meanwhile, `interrupt` is called, once,
  /// and must make `f` return soon.
  /// @returns what `f` returns
  template <class F, class Interrupt>
  static auto off_thread(F f, Interrupt interrupt) {
    struct outcome {
      std::optional<decltype(f())> value;
      std::atomic<bool> there{false};
    };
    auto* home = current();
    auto shared = std::make_shared<outcome>();
    // The job may go on on that thread, which it could not join then.
    std::thread{[&f, shared, wake = home->wake_me()] {
      shared->value.emplace(f());
      shared->there = true;
      shared->there.notify_one();
      wake();
    }}.detach();
    while (!shared->there && home->suspend())
      ; // another wake-up
    if (!shared->there) {
      interrupt();
      shared->there.wait(false);
    }
    return std::move(*shared->value);
  }

private:
  friend class waker;

  bool start(function_ref<void()> job, real_time deadline);

  void wake(fiber& sleeper, uint64_t turn);

  /// Runs the job of `next`, which is this thread's, until it ends or waits.
  void go_on(fiber& next);

  /// Runs it until it leaves its stack.
  void visit(fiber& next);

  fiber& idle_fiber();

  void put_back(fiber& x);

  std::atomic<bool> closed_{false};
  std::mutex mtx_;
  std::vector<std::shared_ptr<fiber>> fibers_;
  std::vector<fiber*> idle_;
};

} // namespace actor_cache::detail
