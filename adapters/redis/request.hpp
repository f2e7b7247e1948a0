#pragma once

#include "../pool_memory.hpp"
#include "command.hpp"
#include "socket.hpp"

#include "actor_cache/detail/fiber_pool.hpp"
#include "actor_cache/redis_reply.hpp"

#include <caf/expected.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace actor_cache::redis_wire {

/// Lets one thread sleep until others call. Calls are counted, so that none is
/// lost.
class alarm {
public:
  void ring() {
    {
      std::lock_guard guard{mtx_};
      ++calls_;
    }
    rung_.notify_one();
  }

  /// Waits for a call.
  /// @returns false where none came up to `deadline`
  bool wait_until(real_time deadline) {
    std::unique_lock guard{mtx_};
    if (!rung_.wait_until(guard, deadline, [this] { return calls_ > 0; }))
      return false;
    --calls_;
    return true;
  }

private:
  std::mutex mtx_;
  std::condition_variable rung_;
  size_t calls_ = 0;
};

/// Whether commands may be sent again after a connection broke while nobody
/// knew whether they had been executed.
enum class repeat : uint8_t { never, harmless };

/// Returns by when what begins now should have ended: in a job, with that.
inline real_time deadline_of_call(real_time now, timespan timeout) {
  auto* jobs = detail::fiber_pool::current();
  auto end = now + timeout;
  return jobs != nullptr ? std::min(end, jobs->deadline()) : end;
}

/// Commands on their way to a server, and their answer: for a thread or a job
/// that waits for it, or else for `answered`.
class request {
public:
  request(commands what, repeat again, real_time made_at, real_time deadline)
    : what(std::move(what)),
      again(again),
      made_at(made_at),
      deadline(deadline) {
    // nop
  }

  virtual ~request() = default;

  request(const request&) = delete;

  request& operator=(const request&) = delete;

  /// Returns the reply to a single command, or the array of those to many.
  caf::expected<redis_reply> take() {
    if (!failure.empty())
      return std::move(failure);
    return std::move(reply);
  }

  bool done() const noexcept {
    return state_.load(std::memory_order_acquire) == state::done;
  }

  /// Ends the request before anybody waits for it.
  void refuse(caf::error why) {
    failure = std::move(why);
    state_.store(state::done, std::memory_order_release);
  }

  /// Tells the one who waits that the answer is there.
  void finish() {
    auto before = state_.exchange(state::done, std::memory_order_acq_rel);
    if (sleeper)
      (*sleeper)();
    else if (before == state::asleep)
      woken->ring();
    else
      answered();
  }

  /// Tells whether the one who waits goes on in `finish` itself, which may take
  /// long.
  virtual bool goes_on_here() const noexcept {
    return sleeper.has_value();
  }

  /// Tells the others that the thread that waits needs an alarm from now on.
  /// @returns false where the answer is there
  bool fall_asleep() {
    if (!woken)
      woken = std::make_unique<alarm>();
    auto expected = state::awake;
    return state_.compare_exchange_strong(expected, state::asleep,
                                          std::memory_order_acq_rel);
  }

  void stay_awake() noexcept {
    auto expected = state::asleep;
    state_.compare_exchange_strong(expected, state::awake,
                                   std::memory_order_acq_rel);
  }

  bool asleep() const noexcept {
    return state_.load(std::memory_order_acquire) == state::asleep;
  }

  const commands what;
  const repeat again;
  const real_time made_at;
  const real_time deadline;

  // -- guarded by the lock of the connection, up to `finish` ------------------

  /// Takes the next reply.
  /// @returns whether it was the last one
  bool add(redis_reply next) {
    if (what.count() == 1) {
      reply = std::move(next);
      return true;
    }
    if (reply.is_nil())
      reply = redis_reply{redis_reply::array{}};
    auto& replies = *reply.items();
    replies.push_back(std::move(next));
    return replies.size() == what.count();
  }

  /// The reply to the only command, or the array of those to many.
  redis_reply reply;
  caf::error failure;

  /// Whether it has its answer or its error.
  bool over = false;

  /// Nobody waits any more; the replies are dropped when they come.
  bool abandoned = false;

  /// Whether a server can have executed some of it although there is no answer.
  bool may_have_run = false;

  /// Whether it was sent again.
  bool repeated = false;

  /// Whether a thread looks for the end of this request over and over.
  bool spins = false;

  /// The one who waits is to take care of the connection from now on.
  bool promoted = false;

  /// Where its bytes end in what goes to the server.
  uint64_t end = 0;

  /// Tells whether the server can have executed some of it, where it was sent
  /// `sent` bytes.
  bool reached_server(uint64_t sent) const noexcept {
    return what.count() == 1 ? end <= sent : end - what.bytes().size() < sent;
  }

  real_time sent_at = made_at;

  // -- how to wake the one who waits: a job, else a thread --------------------

  std::optional<detail::waker> sleeper;

  /// There from the first time on that the thread falls asleep.
  std::unique_ptr<alarm> woken;

private:
  enum class state : uint8_t { awake, asleep, done };

  /// Takes the answer where nobody waits for it.
  virtual void answered() {
    // nop
  }

  std::atomic<state> state_{state::awake};
};

using request_ptr = std::shared_ptr<request>;

/// Makes a request, which another thread may destroy.
template <class Request, class... Ts>
std::shared_ptr<Request> make_request(Ts&&... xs) {
  return std::allocate_shared<Request>(detail::pool_allocator<Request>{},
                                       std::forward<Ts>(xs)...);
}

/// A request whose answer is the argument of a call of `F`.
template <class F>
class deferred_request final : public request {
public:
  deferred_request(commands what, repeat again, real_time made_at,
                   real_time deadline, F f)
    : request(std::move(what), again, made_at, deadline), f_(std::move(f)) {
    // nop
  }

  bool goes_on_here() const noexcept override {
    return true;
  }

private:
  void answered() override {
    // What it holds goes now, since the request itself may go under a lock.
    auto f = std::move(f_);
    f(take());
  }

  F f_;
};

} // namespace actor_cache::redis_wire
