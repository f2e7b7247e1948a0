#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace actor_cache::detail {

class fiber;
class strand;

/// Wakes one job, from any thread; without effect once the job has ended.
class waker {
public:
  waker() = default;

  void operator()() const;

private:
  friend class strand;

  waker(std::weak_ptr<strand> home, fiber* sleeper, uint64_t turn)
    : home_(std::move(home)), sleeper_(sleeper), turn_(turn) {
    // nop
  }

  std::weak_ptr<strand> home_;
  fiber* sleeper_ = nullptr;
  uint64_t turn_ = 0;
};

/// Runs jobs on the one thread of its owner, an actor. A job that has to wait
/// for another thread gives this one to the next job instead of blocking it:
/// each job has a stack of its own.
///
/// So calls that are written to block, those of an adapter that waits for I/O,
/// answer any number of messages at once without a second form.
///
/// Thread safety: only the owner calls, but for `wake`.
class strand : public std::enable_shared_from_this<strand> {
public:
  /// @param post asks the owner, from any thread, to call `run_ready` soon; may
  ///             be called once more while `close` returns
  explicit strand(std::function<void()> post);

  ~strand();

  strand(const strand&) = delete;

  strand& operator=(const strand&) = delete;

  /// Runs `job` until it ends or waits. What it throws before that is thrown
  /// here.
  void run(std::function<void()> job);

  /// Goes on with the jobs whose wait is over. Throws what the first of them
  /// throws, after all have had their turn.
  void run_ready();

  /// Ends all waits, so that the jobs come to their end, whatever they throw,
  /// and the stacks with them. The owner calls it before it goes: the last to
  /// hold a strand may be a waker on another thread.
  void close() noexcept;

  // -- for jobs, on the thread that runs them ---------------------------------

  /// Returns the strand whose job this thread runs, null elsewhere.
  static strand* current() noexcept;

  /// Returns what wakes the running job.
  waker wake_me() const;

  /// Waits until a waker of the running job is called, which may be one for
  /// something else: check what you wait for, and wait again.
  /// @returns false where the strand closes instead
  bool suspend();

  /// Runs `f` on a thread of its own, so that it may block, while the job that
  /// calls waits. Where the strand closes meanwhile, `interrupt` is called,
  /// once, and must make `f` return soon.
  /// @returns what `f` returns
  template <class F, class Interrupt>
  static auto off_thread(F f, Interrupt interrupt) {
    auto* home = current();
    std::optional<decltype(f())> result;
    std::atomic<bool> over = false;
    std::thread thread{[&, wake = home->wake_me()] {
      result.emplace(f());
      over = true;
      wake();
    }};
    while (!over && home->suspend())
      ; // another wake-up
    if (!over)
      interrupt();
    thread.join();
    return std::move(*result);
  }

private:
  friend class waker;

  struct wake_up {
    fiber* sleeper;
    uint64_t turn;
  };

  void wake(wake_up what);

  /// @returns what the job threw, if that was its end
  std::exception_ptr go_on(fiber& next);

  fiber& idle_fiber();

  const std::function<void()> post_;
  std::vector<std::unique_ptr<fiber>> fibers_;
  std::vector<fiber*> idle_;
  fiber* running_ = nullptr;
  bool closed_ = false;
  std::mutex mtx_;
  std::vector<wake_up> ready_;
};

} // namespace actor_cache::detail
