// How a connection comes to be, breaks, and comes back.

#include "connection.hpp"

#include "dial.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace actor_cache::redis_wire {

caf::error cache_stopped() {
  return make_error(errc::cache_not_running, "the cache was stopped");
}

connection::connection(connection_settings settings)
  : settings_(std::move(settings)),
    delays_(settings_.reconnect_delay, settings_.max_reconnect_delay) {
  // nop
}

connection::~connection() {
  stop();
}

void connection::start() {
  thread_ = std::thread{[this] { run(); }};
}

void connection::stop(caf::error why) {
  {
    guard lock{mtx_};
    if (status_ != status::stopped) {
      stopping_.signal();
      status_ = status::stopped;
      failure_ = std::move(why);
      fail_all(failure_);
      if (socket_) {
        socket_->shutdown();
        note_change(connection_change::kind::down, {});
      }
      socket_.reset();
      set_driven(false);
      changed_.notify_all();
      wake_finished(lock);
    }
  }
  if (thread_.joinable())
    thread_.join();
  guard lock{mtx_};
  tell_changes(lock);
}

bool connection::is_up() const {
  guard lock{mtx_};
  return status_ == status::up;
}

void connection::run() {
  guard lock{mtx_};
  while (status_ != status::stopped) {
    tell_changes(lock);
    if (status_ == status::stopped)
      break;
    // First of all, as what comes is left to this thread until it has driven:
    // the connection may be gone again by now.
    if (thread_drives_)
      drive(lock, nullptr);
    else if (status_ == status::connecting)
      connect(lock);
    else if (status_ == status::down)
      retry(lock);
    else
      changed_.wait(lock);
  }
}

caf::expected<socket_ptr> connection::dial() {
  interruption by{.stop = stopping_, .pulse = [this] { return pulse(); }};
  auto at = settings_.where(by);
  if (!at)
    return std::move(at.error());
  server_ = to_string(*at);
  return redis_wire::dial(*at, settings_.dial, by);
}

void connection::connect(guard& lock) {
  lock.unlock();
  auto next = dial();
  lock.lock();
  if (status_ == status::stopped)
    return;
  if (next) {
    connected(std::move(*next));
  } else {
    status_ = status::down;
    failure_ = std::move(next.error());
    note_change(connection_change::kind::down, message_of(failure_));
    fail_all(failure_);
  }
  changed_.notify_all();
  wake_finished(lock);
}

void connection::connected(socket_ptr next) {
  ++times_connected_;
  delays_.reset();
  status_ = status::up;
  note_change(connection_change::kind::up, {});
  socket_ = std::move(next);
  clock_offset_.store(socket_->clock_offset(), std::memory_order_relaxed);
  auto now = real_clock::now();
  connected_at_ = now;
  last_received_ = now;
  idle_since_ = now;
  round_trip_began_.reset();
  outbox_.clear();
  queued_ = 0;
  sent_ = 0;
  for (auto& x : waiting_) {
    outbox_ += x->what.bytes();
    queued_ += x->what.bytes().size();
    x->end = queued_;
    x->sent_at = now;
  }
  if (!waiting_.empty() && !driven_)
    let_thread_drive();
}

void connection::retry(guard& lock) {
  changed_.wait_until(lock, real_clock::now() + delays_.next(dice_(random_)),
                      [this] { return status_ != status::down; });
  if (status_ != status::down)
    return;
  // The status stays, so that nobody waits for the attempt.
  lock.unlock();
  auto next = dial();
  lock.lock();
  if (status_ == status::stopped)
    return;
  if (next) {
    connected(std::move(*next));
    return;
  }
  failure_ = std::move(next.error());
}

void connection::lose(const caf::error& why) {
  if (socket_ == nullptr)
    return;
  socket_->shutdown();
  socket_.reset();
  note_change(connection_change::kind::down, message_of(why));
  outbox_.clear();
  if (!writing_)
    unsent_.clear();
  if (status_ == status::up)
    status_ = status::connecting;
  auto before = std::move(waiting_);
  waiting_.clear();
  auto sent = possibly_sent();
  auto vacated = false;
  for (auto& x : before) {
    // Whoever was to drive has nothing to drive any more, and may be gone.
    vacated = vacated || std::exchange(x->promoted, false);
    if (x->abandoned)
      continue;
    auto reached = x->reached_server(sent);
    if (!reached || (x->again == repeat::harmless && !x->repeated)) {
      x->repeated = x->repeated || reached;
      x->reply = {};
      waiting_.push_back(std::move(x));
      continue;
    }
    x->may_have_run = reached || x->repeated;
    x->failure = make_error(
      errc::unavailable,
      fmt::format("the connection to Redis broke after a command was sent; it "
                  "may have been executed ({})",
                  message_of(why)));
    conclude(std::move(x));
  }
  if (vacated)
    set_driven(false);
  changed_.notify_all();
}

void connection::note_change(connection_change::kind what, std::string reason) {
  if (!settings_.on_change || last_change_ == what)
    return;
  last_change_ = what;
  changes_.emplace_back(what, std::move(reason));
}

void connection::tell_changes(guard& lock) {
  while (!changes_.empty()) {
    auto next = std::exchange(changes_, {});
    lock.unlock();
    for (const auto& [what, reason] : next)
      settings_.on_change({what, server_, reason});
    lock.lock();
  }
}

uint64_t connection::possibly_sent() const noexcept {
  return writing_ ? sent_ + unsent_.size() : sent_;
}

void connection::trip(const caf::error& why) {
  lose(why);
  if (status_ != status::connecting)
    return;
  status_ = status::down;
  failure_ = why;
  fail_all(why);
}

void connection::fail_all(const caf::error& why) {
  auto sent = possibly_sent();
  for (auto& x : waiting_) {
    if (x->abandoned)
      continue;
    x->may_have_run = x->repeated || (socket_ && x->reached_server(sent));
    x->failure = why;
    conclude(std::move(x));
  }
  waiting_.clear();
}

void connection::renew() {
  guard lock{mtx_};
  if (real_clock::now() - connected_at_ < settings_.reconnect_delay)
    return;
  lose(make_error(errc::unavailable, "the server is not the primary any more"));
  wake_finished(lock);
}

caf::error connection::why_down() const {
  guard lock{mtx_};
  if (status_ == status::down || status_ == status::stopped)
    return failure_;
  return {};
}

request_ptr connection::probe() {
  auto result = send({"PING"}, repeat::harmless);
  guard lock{mtx_};
  if (!result->done() && !driven_ && socket_)
    let_thread_drive();
  wake_finished(lock);
  return result;
}

std::optional<int64_t> connection::known_clock_offset() const {
  auto result = clock_offset_.load(std::memory_order_relaxed);
  return result != unknown_offset ? std::optional{result} : std::nullopt;
}

caf::expected<int64_t> connection::clock_offset(real_time deadline) {
  if (auto known = known_clock_offset())
    return *known;
  if (auto err = why_down(); !err.empty())
    return err;
  // The first connection is on its way: whatever comes back comes after it.
  auto probe = send({"PING"}, repeat::harmless, deadline);
  if (auto pong = wait(*probe); !pong)
    return std::move(pong.error());
  return *known_clock_offset();
}

} // namespace actor_cache::redis_wire
