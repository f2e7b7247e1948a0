#include "lock_table.hpp"

#include "actor_cache/errc.hpp"

#include "../worker_thread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace actor_cache::con_cache_store {

namespace {

/// Longer waits would overflow inside the standard library.
constexpr timespan longest_wait = std::chrono::hours{24 * 365};

lockable::owner& owner_of_thread() noexcept {
  thread_local lockable::owner mine = lock_table::new_owner();
  return mine;
}

caf::error refused(errc code, std::string_view key, std::string_view why) {
  return make_error(code, fmt::format("the lock of key '{}' is held by another "
                                      "caller{}",
                                      key, why));
}

caf::error still_locked(std::string_view key, timespan timeout) {
  using milliseconds = std::chrono::duration<double, std::milli>;
  return refused(errc::timeout, key,
                 timeout <= timespan{0}
                   ? std::string{}
                   : fmt::format(" still, after {} ms",
                                 milliseconds{timeout}.count()));
}

} // namespace

lock_table::owner lock_table::new_owner() noexcept {
  static std::atomic<owner> last{0};
  return ++last;
}

lock_table::owner lock_table::this_owner() noexcept {
  return owner_of_thread();
}

lock_table::owner lock_table::act_for(owner other) noexcept {
  return std::exchange(owner_of_thread(), other);
}

bool lock_table::stripe::take(std::string_view key, owner who) {
  auto i = records.find(key);
  if (i == records.end()) {
    records.emplace(std::string{key}, record{who});
    return true;
  }
  if (i->second.holder != who)
    return false;
  ++i->second.depth;
  return true;
}

caf::error lock_table::lock(std::string_view key, timespan timeout) {
  auto who = this_owner();
  auto& part = stripe_of(key);
  {
    std::lock_guard guard{part.mtx};
    if (part.take(key, who))
      return {};
  }
  auto may_wait = may_block();
  auto mine = std::make_shared<waiter>();
  mine->who = who;
  std::unique_lock queues{queues_mtx_};
  record* wanted = nullptr;
  {
    std::lock_guard guard{part.mtx};
    if (part.take(key, who))
      return {};
    wanted = &part.records.find(key)->second;
    if (timeout <= timespan{0})
      return still_locked(key, timeout);
    if (closes_a_circle(*wanted, who))
      return refused(errc::deadlock, key,
                     ", who waits for a lock that this caller holds; take "
                     "locks in the same order everywhere");
    if (!may_wait)
      return refused(errc::would_block, key,
                     ", and a thread of CAF's scheduler must not wait; call "
                     "isolated(self, ...) in an actor");
    wanted->queue.push_back(mine);
  }
  waits_for_.emplace(who, wanted);
  if (mine->changed.wait_for(queues, std::min(timeout, longest_wait),
                             [&] { return mine->granted; }))
    return {};
  waits_for_.erase(who);
  std::lock_guard guard{part.mtx};
  remove(*wanted, who);
  return still_locked(key, timeout);
}

caf::error lock_table::lock_in_job(std::string_view key, owner taker,
                                   timespan timeout) {
  using real_time = detail::fiber_pool::real_time;
  auto* home = detail::fiber_pool::current();
  // Who gives the lock back may be at that still when this returns.
  auto granted = std::make_shared<std::atomic<bool>>(false);
  lock_later(key, taker, [granted, wake = home->wake_me()] {
    *granted = true;
    wake();
  });
  auto until
    = std::min(real_time::clock::now() + std::min(timeout, longest_wait),
               home->deadline());
  if (!*granted) {
    detail::timer::limit limit{timer_, until};
    while (!*granted && real_time::clock::now() < until && home->suspend())
      ; // another wake-up
  }
  if (*granted || !give_up(key, taker))
    return {};
  if (real_time::clock::now() >= until)
    return still_locked(key, timeout);
  return refused(errc::cache_not_running, key,
                 ", and the cache's actor ended before that one was through");
}

bool lock_table::closes_a_circle(const record& wanted, owner who) const {
  for (const auto* next = &wanted; next != nullptr;) {
    if (next->holder == who)
      return true;
    auto i = waits_for_.find(next->holder);
    next = i != waits_for_.end() ? i->second : nullptr;
  }
  return false;
}

void lock_table::lock_later(std::string_view key, owner taker,
                            std::function<void()> granted) {
  auto& part = stripe_of(key);
  {
    std::lock_guard queues{queues_mtx_};
    std::lock_guard guard{part.mtx};
    if (!part.take(key, taker)) {
      auto mine = std::make_shared<waiter>();
      mine->who = taker;
      mine->on_grant = std::move(granted);
      auto& wanted = part.records.find(key)->second;
      waits_for_.emplace(taker, &wanted);
      wanted.queue.push_back(std::move(mine));
      return;
    }
  }
  granted();
}

bool lock_table::give_up(std::string_view key, owner who) {
  auto& part = stripe_of(key);
  std::lock_guard queues{queues_mtx_};
  if (waits_for_.erase(who) == 0)
    return false;
  std::lock_guard guard{part.mtx};
  remove(part.records.find(key)->second, who);
  return true;
}

void lock_table::remove(record& from, owner who) {
  std::erase_if(from.queue, [who](const auto& x) { return x->who == who; });
}

void lock_table::unlock(std::string_view key, owner holder) noexcept {
  auto& part = stripe_of(key);
  {
    std::lock_guard guard{part.mtx};
    auto i = part.records.find(key);
    if (i == part.records.end() || i->second.holder != holder)
      return;
    if (i->second.depth > 1) {
      --i->second.depth;
      return;
    }
    if (i->second.queue.empty()) {
      part.records.erase(i);
      return;
    }
  }
  if (auto on_grant = pass_on(part, key))
    on_grant();
}

std::function<void()> lock_table::pass_on(stripe& part, std::string_view key) {
  std::lock_guard queues{queues_mtx_};
  std::lock_guard guard{part.mtx};
  auto i = part.records.find(key);
  auto& [_, what] = *i;
  if (what.queue.empty()) { // they gave up meanwhile
    part.records.erase(i);
    return nullptr;
  }
  auto next = std::move(what.queue.front());
  what.queue.pop_front();
  what.holder = next->who;
  waits_for_.erase(next->who);
  next->granted = true;
  next->changed.notify_one();
  return std::move(next->on_grant);
}

lock_table::stripe& lock_table::stripe_of(std::string_view key) noexcept {
  return stripes_[std::hash<std::string_view>{}(key) % stripes_.size()];
}

size_t lock_table::size() const {
  size_t result = 0;
  for (const auto& part : stripes_) {
    std::lock_guard guard{part.mtx};
    result += part.records.size();
  }
  return result;
}

size_t lock_table::waiting() const {
  std::lock_guard queues{queues_mtx_};
  return waits_for_.size();
}

} // namespace actor_cache::con_cache_store
