#pragma once

#include <boost/context/fiber.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

namespace actor_cache::detail {

/// What a sanitizer must be told when a thread moves to another stack; nothing
/// in other builds.
class stack_of_sanitizer {
public:
  /// Describes the stack of a new fiber.
  void made(const void* lowest, size_t size);

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

/// A stack of its own on which one job after the other runs.
class fiber {
public:
  fiber();

  /// Must not have a job.
  ~fiber();

  fiber(const fiber&) = delete;

  fiber& operator=(const fiber&) = delete;

  void assign(std::function<void()> job) {
    job_ = std::move(job);
  }

  bool has_job() const noexcept {
    return static_cast<bool>(job_);
  }

  /// Moves to this stack until it comes to `leave` or has ended its job.
  void enter();

  /// Returns the exception that the last job ended with, once; null for none.
  std::exception_ptr take_failure() noexcept {
    return std::exchange(failure_, nullptr);
  }

  /// Moves back to where `enter` was called.
  void leave();

  /// Counts the jobs, so that what was to wake one does not wake the next.
  uint64_t turn = 0;

  /// Whether the job waits.
  bool suspended = false;

private:
  boost::context::fiber body(boost::context::fiber caller);

  std::function<void()> job_;
  std::exception_ptr failure_;
  bool over_ = false;
  stack_of_sanitizer mine_;
  stack_of_sanitizer callers_;
  boost::context::fiber self_;
  boost::context::fiber caller_;
};

} // namespace actor_cache::detail
