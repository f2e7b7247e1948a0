// How requests share a connection. How one is driven is in
// connection_driving.cpp, when it gives up in connection_timing.cpp, and how it
// comes to be in reconnect.cpp.

#include "connection.hpp"

#include "actor_cache/errc.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace actor_cache::redis_wire {

namespace {

/// A connection that was idle for this long may have been closed meanwhile.
constexpr auto suspicious_silence = std::chrono::milliseconds{10};

} // namespace

request_ptr connection::send(commands what, repeat again, real_time deadline) {
  auto now = real_clock::now();
  deadline = std::min(deadline,
                      deadline_of_call(now, settings_.command_timeout));
  auto result = make_request<request>(std::move(what), again, now, deadline);
  if (auto* home = detail::fiber_pool::current())
    result->sleeper = home->wake_me();
  guard lock{mtx_};
  queue_arrivals();
  accept(result, now);
  return result;
}

void connection::begin(request_ptr what) {
  switch (inbox_.add(std::move(what))) {
    case inbox::arrival::further:
      return;
    case inbox::arrival::first:
      // Whoever drives takes them before the next write, and now where that
      // would be long after.
      if (far())
        bell_.signal();
      return;
    case inbox::arrival::unattended:
      break;
  }
  guard lock{mtx_};
  queue_arrivals();
  if (!waiting_.empty())
    get_driven();
  wake_finished(lock);
}

void connection::queue_arrivals() {
  if (inbox_.empty())
    return;
  auto arrived = std::exchange(arrived_, {});
  inbox_.take(arrived);
  auto now = real_clock::now();
  for (auto& x : arrived) {
    accept(x, now);
    if (x->done())
      finished_.push_back(std::move(x));
  }
  arrived.clear();
  arrived_ = std::move(arrived);
}

void connection::accept(const request_ptr& what, real_time now) {
  if (status_ == status::down || status_ == status::stopped)
    what->refuse(failure_);
  else if (what->deadline <= now)
    what->refuse(make_error(errc::timeout, "the time of the call was over "
                                           "before all its commands were "
                                           "sent"));
  else
    enqueue(what);
}

void connection::enqueue(const request_ptr& what) {
  if (socket_ && waiting_.empty()
      && what->made_at - idle_since_ > suspicious_silence
      && socket_->unusable())
    lose(make_error(errc::unavailable, "the server closed the connection"));
  earliest_deadline_ = std::min(earliest_deadline_, what->deadline);
  if (socket_ != nullptr) {
    outbox_ += what->what.bytes();
    queued_ += what->what.bytes().size();
    what->end = queued_;
  }
  waiting_.push_back(what);
}

void connection::flush() {
  guard lock{mtx_};
  write(lock);
  wake_finished(lock);
}

caf::expected<redis_reply> connection::wait(request& what) {
  if (what.sleeper)
    wait_in_job(what);
  else
    wait_in_thread(what);
  return what.take();
}

void connection::wait_in_job(request& what) {
  guard lock{mtx_};
  if (!what.done()) {
    get_driven();
    wake_finished(lock);
  }
  lock.unlock();
  while (!what.done()) {
    if (detail::fiber_pool::current()->suspend())
      continue;
    lock.lock();
    if (!what.over)
      forget(what, make_error(errc::cache_not_running,
                              "the cache's actor ended before the answer "
                              "came"));
    wake_finished(lock);
    return;
  }
}

void connection::get_driven() {
  if (!driven_ && socket_) {
    let_thread_drive();
  } else if (far() && !rung_) {
    // Whoever drives writes for all that come meanwhile.
    rung_ = true;
    bell_.signal();
  }
}

void connection::wait_in_thread(request& what) {
  guard lock{mtx_};
  while (!what.over && !what.done()) {
    if (what.promoted || (!driven_ && socket_)) {
      what.promoted = false;
      take_over();
      drive(lock, &what);
      continue;
    }
    if (far())
      write(lock);
    wake_finished(lock);
    if (what.done())
      return;
    if (!far() && real_clock::now() < what.sent_at + spin_time)
      spin(lock, what);
    else
      sleep(lock, what);
  }
}

void connection::spin(guard& lock, request& what) {
  what.spins = true;
  auto until = what.sent_at + spin_time;
  lock.unlock();
  while (!what.done() && !vacant_.load(std::memory_order_acquire)
         && real_clock::now() < until)
    std::this_thread::yield();
  if (what.done())
    return;
  lock.lock();
  what.spins = false;
}

void connection::sleep(guard& lock, request& what) {
  if (!what.fall_asleep())
    return;
  lock.unlock();
  auto woken = what.woken->wait_until(what.deadline);
  if (what.done())
    return;
  lock.lock();
  what.stay_awake();
  if (!woken && !what.promoted)
    give_up(what);
  wake_finished(lock);
}

} // namespace actor_cache::redis_wire
