#include "event_queue.hpp"

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/errc.hpp"

#include "../worker_thread.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

namespace actor_cache {

namespace {

constexpr std::array<std::string_view, 3> kinds{"updated", "deleted",
                                                "expired"};

} // namespace

std::string to_string(event_kind x) {
  auto index = static_cast<size_t>(x);
  return std::string{index < kinds.size() ? kinds[index] : "invalid"};
}

bool from_string(detail::caf_string_view name, event_kind& x) {
  auto i = std::find(kinds.begin(), kinds.end(), detail::to_std(name));
  if (i == kinds.end())
    return false;
  x = static_cast<event_kind>(i - kinds.begin());
  return true;
}

bool from_integer(std::underlying_type_t<event_kind> value, event_kind& x) {
  if (value >= kinds.size())
    return false;
  x = static_cast<event_kind>(value);
  return true;
}

std::string to_string(when_full x) {
  auto names = names_of(x);
  auto index = static_cast<size_t>(x);
  return std::string{index < names.size() ? names[index] : "invalid"};
}

namespace con_cache_store {

namespace {

/// Events in one message, or between two looks at the queue.
constexpr size_t batch_size = 256;

} // namespace

event_queue::event_queue(event_sink sink, size_t capacity, when_full policy,
                         timespan patience)
  : sink_(std::move(sink)),
    capacity_(capacity),
    policy_(policy),
    patience_(patience) {
  // nop
}

event_queue::~event_queue() {
  stop();
}

caf::error event_queue::start() {
  try {
    thread_ = std::thread{[this] { run(); }};
    return {};
  } catch (const std::system_error& ex) {
    return make_error(errc::limit_reached,
                      fmt::format("there is no thread to deliver events on: {}",
                                  ex.what()));
  }
}

void event_queue::stop() noexcept {
  {
    std::lock_guard guard{mtx_};
    stopping_ = true;
  }
  pushed_.notify_one();
  popped_.notify_all();
  if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id())
    thread_.join();
}

bool event_queue::has_room(std::unique_lock<std::mutex>& guard) {
  auto room = [this] { return events_.size() < capacity_ || stopping_; };
  if (room())
    return true;
  // Whoever handles an event would wait for itself.
  if (is_telling())
    return true;
  if (policy_ == when_full::drop || !may_block())
    return false;
  return popped_.wait_for(guard, patience_, room);
}

void event_queue::push(cache_event what) {
  {
    std::unique_lock guard{mtx_};
    if (!has_room(guard)) {
      ++counts_.dropped;
      return;
    }
    events_.push_back(std::move(what));
  }
  pushed_.notify_one();
}

void event_queue::push_swept(cache_event what) {
  if (policy_ == when_full::drop) {
    push(std::move(what));
    return;
  }
  {
    std::lock_guard guard{mtx_};
    events_.push_back(std::move(what));
  }
  pushed_.notify_one();
}

bool event_queue::takes_sweep() const {
  std::lock_guard guard{mtx_};
  return policy_ == when_full::drop || events_.size() < capacity_ || stopping_;
}

event_counts event_queue::counts() const {
  std::lock_guard guard{mtx_};
  auto result = counts_;
  result.waiting = events_.size();
  return result;
}

void event_queue::run() {
  for (;;) {
    batch next;
    {
      std::unique_lock guard{mtx_};
      pushed_.wait(guard, [this] { return !events_.empty() || stopping_; });
      if (events_.empty())
        return;
      auto end = events_.begin()
                 + static_cast<ptrdiff_t>(std::min(events_.size(), batch_size));
      next.assign(std::make_move_iterator(events_.begin()),
                  std::make_move_iterator(end));
      events_.erase(events_.begin(), end);
    }
    popped_.notify_all();
    deliver(next);
  }
}

void event_queue::deliver(const batch& events) {
  if (sink_.receiver() != nullptr) {
    send(events);
    return;
  }
  for (const auto& x : events)
    call(x);
}

void event_queue::call(const cache_event& what) {
  try {
    sink_.fun()(what);
    note(&event_counts::delivered, 1);
  } catch (...) {
    note(&event_counts::failed, 1);
  }
}

void event_queue::send(const batch& events) {
  auto& to = sink_.receiver();
  try {
    caf::scoped_actor self{to.home_system(), true};
    detail::request(self.ptr(), to, patience_, events)
      .receive([&] { note(&event_counts::delivered, events.size()); },
               [&](const caf::error&) {
                 note(&event_counts::failed, events.size());
               });
  } catch (...) {
    note(&event_counts::failed, events.size());
  }
}

void event_queue::note(uint64_t event_counts::* which, uint64_t n) {
  std::lock_guard guard{mtx_};
  counts_.*which += n;
}

} // namespace con_cache_store

} // namespace actor_cache
