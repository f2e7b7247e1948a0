#include "key_queue.hpp"

#include <utility>

namespace actor_cache::redis_wire {

key_queue::turn::turn(key_queue& queue, std::string key)
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
  while (!me->next)
    if (home == nullptr)
      me->woken.wait_until(real_time::max());
    else if (!home->suspend()) {
      leave(me);
      return;
    }
}

void key_queue::turn::leave(const std::shared_ptr<waiter>& me) {
  std::lock_guard guard{queue_.mtx_};
  if (me->next)
    return; // it has come after all
  held_ = false;
  std::erase(queue_.waiting_.find(key_)->second, me);
}

key_queue::turn::~turn() {
  if (!held_)
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
