#include "timer.hpp"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace actor_cache::detail {

/// What the thread works with; it goes with the last of both.
struct timer::shared_state {
  std::mutex mtx;
  std::condition_variable changed;

  /// Those that are yet to come, the next one first.
  std::set<std::pair<real_time, limit*>> limits;
  bool stopped = false;
  std::thread thread;
};

timer::limit::limit(timer& by, real_time when)
  : by_(*by.state_), when_(when), wake_(fiber_pool::current()->wake_me()) {
  std::lock_guard guard{by_.mtx};
  if (!by_.thread.joinable())
    by_.thread = std::thread{[state = by.state_] { run(*state); }};
  by_.limits.emplace(when_, this);
  if (by_.limits.begin()->second == this)
    by_.changed.notify_one();
}

timer::limit::~limit() {
  std::lock_guard guard{by_.mtx};
  by_.limits.erase({when_, this});
}

timer::timer() : state_(std::make_shared<shared_state>()) {
  // nop
}

timer::~timer() {
  {
    std::lock_guard guard{state_->mtx};
    state_->stopped = true;
  }
  state_->changed.notify_one();
  auto& thread = state_->thread;
  if (thread.get_id() == std::this_thread::get_id())
    thread.detach();
  else if (thread.joinable())
    thread.join();
}

void timer::run(shared_state& with) {
  std::unique_lock lock{with.mtx};
  while (!with.stopped) {
    if (with.limits.empty()) {
      with.changed.wait(lock);
      continue;
    }
    auto [when, next] = *with.limits.begin();
    if (real_time::clock::now() < when) {
      with.changed.wait_until(lock, when);
      continue;
    }
    auto wake = next->wake_;
    with.limits.erase(with.limits.begin());
    lock.unlock();
    wake();
    lock.lock();
  }
}

} // namespace actor_cache::detail
