#include "key_queue.hpp"

#include <thread>

namespace actor_cache::redis_wire {

key_queue::turn::turn(key_queue& queue, std::string key)
  : queue_(queue), key_(std::move(key)) {
  auto* home = detail::strand::current();
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
  while (!me->next.load(std::memory_order_acquire))
    if (home == nullptr)
      me->woken.wait_until(real_time::max());
    else if (!home->suspend())
      std::this_thread::yield(); // those before will end soon, or are ended
}

key_queue::turn::~turn() {
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
  }
  next->next.store(true, std::memory_order_release);
  if (next->sleeper)
    (*next->sleeper)();
  else
    next->woken.ring();
}

} // namespace actor_cache::redis_wire
