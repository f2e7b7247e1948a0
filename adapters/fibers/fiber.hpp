#pragma once

#include "actor_cache/detail/function_ref.hpp"

#include <boost/context/fiber.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace actor_cache::detail {

class fiber_pool;

/// What a sanitizer must be told when a thread moves to another stack; nothing
/// in other builds.
class stack_of_sanitizer {
public:
  /// Describes the stack of a new fiber.
  void made(const void* lowest, size_t size);

  /// To be called around what touches a new stack before the first move to it,
  /// lest AddressSanitizer gives that a frame which ends with this thread.
  void touch(const stack_of_sanitizer& next);

  void touched();

  /// Describes the stack of the thread itself, before it moves to a fiber.
  void is_thread();

  /// To be called before the thread moves from this stack to `next`.
  void leave_for(const stack_of_sanitizer& next);

  /// To be called instead of `leave_for` before this stack's end.
  void end_for(const stack_of_sanitizer& next);

  /// To be called after the thread came to this stack.
  void entered(stack_of_sanitizer* from = nullptr);

  /// To be called once nobody will come to this stack any more.
  void destroy();

private:
  const void* lowest_ = nullptr;
  size_t size_ = 0;
  void* fake_stack_ = nullptr;
  void* tsan_fiber_ = nullptr;
};

/// The exceptions that a thread is handling, as the C++ runtime keeps them.
class exceptions_under_way {
public:
  /// Puts these in the place of the thread's, and takes those.
  void swap_with_thread() noexcept;

private:
  void* caught_ = nullptr;
  unsigned uncaught_ = 0;
};

/// A stack of its own on which one job after the other runs, each on any
/// threads, by turns.
///
/// A fiber is idle, or its job runs on some thread, or its job waits. Whoever
/// moves it from one of these to another owns what comes next.
class fiber : public std::enable_shared_from_this<fiber> {
public:
  using real_time = std::chrono::steady_clock::time_point;

  explicit fiber(std::weak_ptr<fiber_pool> home) : home(std::move(home)) {
    // nop
  }

  /// Must not have a job.
  ~fiber();

  fiber(const fiber&) = delete;

  fiber& operator=(const fiber&) = delete;

  /// Lets the stack of an idle fiber go until there is a job again.
  void drop_stack();

  /// Gives an idle fiber a job, which runs on this thread. It is called at the
  /// next `enter`, and lives as long as that takes.
  void assign(function_ref<void()> job);

  bool has_job() const noexcept {
    return has_job_;
  }

  /// Moves to this stack until it comes to `leave` or has ended its job.
  void enter();

  /// Moves back to where `enter` was called, which may be on another thread by
  /// the time this returns.
  void leave();

  /// Counts the jobs, so that what was to wake one does not wake the next.
  uint64_t turn() const noexcept {
    return state_.load(std::memory_order_relaxed) / phases;
  }

  /// Makes the fiber idle once its job has ended.
  void end_turn() noexcept;

  /// Lets the job, which has left its stack, wait.
  /// @returns false where it was woken meanwhile: it still runs
  bool park() noexcept;

  /// Wakes the job of `turn`.
  /// @returns true where it waited: the caller is to run it
  bool wake(uint64_t turn) noexcept;

  /// Wakes the job if it waits, whichever it is.
  bool claim() noexcept;

  /// The pool that the fiber is of. Here, and not where jobs are woken, so that
  /// these count only references to their own fibers.
  const std::weak_ptr<fiber_pool> home;

  /// Until when the job should have ended.
  real_time deadline = real_time::max();

  /// The word of the job's own, while it does not run.
  const void* local = nullptr;

private:
  enum phase : uint64_t { idle, running, woken, waiting, phases };

  void make_stack();

  boost::context::fiber body(boost::context::fiber caller);

  bool advance(uint64_t turn, phase from, phase to) noexcept;

  std::optional<function_ref<void()>> job_;
  bool has_job_ = false;
  bool over_ = false;
  std::atomic<uint64_t> state_{idle};
  exceptions_under_way exceptions_;
  stack_of_sanitizer mine_;
  stack_of_sanitizer callers_;
  boost::context::fiber self_;
  boost::context::fiber caller_;
};

} // namespace actor_cache::detail
