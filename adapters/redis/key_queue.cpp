#include "key_queue.hpp"

#include "actor_cache/errc.hpp"

#include <utility>

namespace actor_cache::redis_wire {

key_queue::turn::turn(key_queue& queue, std::string key, real_time deadline)
  : queue_(queue), key_(std::move(key)) {
  auto* home = detail::fiber_pool::current();
  auto me = std::make_shared<waiter>();
  if (home != nullptr)
    me->sleeper = home->wake_me();
  {
    std::lock_guard guard{queue_.mtx_};
    auto [place, first] = queue_.waiting_.try_emplace(key_);
    if (first)
      return;
    place->second.push_back(me);
  }
  if (!wait(*me, deadline))
    leave(me, deadline);
}

bool key_queue::turn::wait(waiter& me, real_time deadline) {
  if (!me.sleeper)
    return me.woken.wait_until(deadline);
  detail::timer::limit limit{queue_.timer_, deadline};
  auto* home = detail::fiber_pool::current();
  while (!me.next && real_clock::now() < deadline)
    if (!home->suspend())
      return me.next;
  return me.next;
}

void key_queue::turn::leave(const std::shared_ptr<waiter>& me,
                            real_time deadline) {
  std::lock_guard guard{queue_.mtx_};
  if (me->next)
    return; // it has come after all
  why_not_ = real_clock::now() >= deadline
               ? make_error(errc::timeout,
                            "the time of the call was over before those who "
                            "were changing the same key had ended")
               : make_error(errc::cache_not_running,
                            "the cache's actor ended before the answer came");
  std::erase(queue_.waiting_.find(key_)->second, me);
}

key_queue::turn::~turn() {
  if (!why_not_.empty())
    return;
  std::shared_ptr<waiter> next;
  {
    std::lock_guard guard{queue_.mtx_};
    auto place = queue_.waiting_.find(key_);
    if (place->second.empty()) {
      queue_.waiting_.erase(place);
      return;
    }
    next = std::move(place->second.front());
    place->second.pop_front();
    next->next = true;
  }
  if (next->sleeper)
    (*next->sleeper)();
  else
    next->woken.ring();
}

} // namespace actor_cache::redis_wire
