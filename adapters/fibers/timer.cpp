#include "timer.hpp"

namespace actor_cache::detail {

timer::limit::limit(timer& by, real_time when)
  : by_(by), when_(when), wake_(fiber_pool::current()->wake_me()) {
  std::lock_guard guard{by_.mtx_};
  if (!by_.thread_.joinable())
    by_.thread_ = std::thread{[x = &by_] { x->run(); }};
  by_.limits_.emplace(when_, this);
  if (by_.limits_.begin()->second == this)
    by_.changed_.notify_one();
}

timer::limit::~limit() {
  std::lock_guard guard{by_.mtx_};
  by_.limits_.erase({when_, this});
}

timer::~timer() {
  {
    std::lock_guard guard{mtx_};
    stopped_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

void timer::run() {
  std::unique_lock lock{mtx_};
  while (!stopped_) {
    if (limits_.empty()) {
      changed_.wait(lock);
      continue;
    }
    auto [when, next] = *limits_.begin();
    if (real_time::clock::now() < when) {
      changed_.wait_until(lock, when);
      continue;
    }
    auto wake = next->wake_;
    limits_.erase(limits_.begin());
    lock.unlock();
    wake();
    lock.lock();
  }
}

} // namespace actor_cache::detail
