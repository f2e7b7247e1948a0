#include "actor_cache/detail/fiber_pool.hpp"

#include "fiber.hpp"

#include <utility>

namespace actor_cache::detail {

namespace {

/// What this thread is at.
struct whereabouts {
  fiber_pool* pool = nullptr;
  fiber* running = nullptr;
  const void* local = nullptr;
};

thread_local whereabouts here;

/// Stacks that wait for jobs; each has some pages that it has touched.
constexpr size_t max_idle_stacks = 256;

} // namespace

void waker::operator()() const {
  if (sleeper_ == nullptr)
    return;
  if (auto home = sleeper_->home.lock())
    home->wake(*sleeper_, turn_);
}

fiber_pool::fiber_pool() = default;

fiber_pool::~fiber_pool() {
  close();
}

// -- for jobs -----------------------------------------------------------------

// A compiler takes it that a function stays on its thread: code that these were
// part of might look at the thread that it was on before a wait.

[[gnu::noinline]] fiber_pool* fiber_pool::current() noexcept {
  return here.pool;
}

[[gnu::noinline]] const void*& fiber_pool::local() noexcept {
  return here.local;
}

[[gnu::noinline]] fiber_pool::real_time fiber_pool::deadline() const noexcept {
  return here.running->deadline;
}

[[gnu::noinline]] waker fiber_pool::wake_me() const {
  return {here.running->shared_from_this(), here.running->turn()};
}

[[gnu::noinline]] bool fiber_pool::suspend() {
  if (!closed_)
    here.running->leave();
  return !closed_;
}

// -- running jobs -------------------------------------------------------------

bool fiber_pool::start(function_ref<void()> job, real_time deadline) {
  if (closed_)
    return false;
  auto& next = idle_fiber();
  try {
    next.assign(job);
  } catch (...) {
    put_back(next);
    throw;
  }
  next.deadline = deadline;
  go_on(next);
  return true;
}

fiber& fiber_pool::idle_fiber() {
  std::lock_guard guard{mtx_};
  if (idle_.empty()) {
    fibers_.push_back(std::make_shared<fiber>(weak_from_this()));
    return *fibers_.back();
  }
  auto* result = idle_.back();
  idle_.pop_back();
  return *result;
}

void fiber_pool::put_back(fiber& x) {
  std::unique_lock lock{mtx_};
  // Wakers may still point to it, so that only its stack can go.
  if (idle_.size() >= max_idle_stacks) {
    lock.unlock();
    x.drop_stack();
    lock.lock();
  }
  idle_.push_back(&x);
}

void fiber_pool::visit(fiber& next) {
  auto outer = std::exchange(here, whereabouts{this, &next, next.local});
  next.enter();
  next.local = std::exchange(here, outer).local;
}

void fiber_pool::go_on(fiber& next) {
  do {
    visit(next);
    if (!next.has_job()) {
      next.end_turn();
      put_back(next);
      return;
    }
    // Woken before it had left, or after all others were: it goes on at once.
  } while (!next.park() || (closed_ && next.claim()));
}

void fiber_pool::wake(fiber& sleeper, uint64_t turn) {
  if (sleeper.wake(turn))
    go_on(sleeper);
}

void fiber_pool::close() noexcept {
  closed_ = true;
  std::vector<fiber*> all;
  {
    std::lock_guard guard{mtx_};
    for (auto& x : fibers_)
      all.push_back(x.get());
  }
  for (auto* x : all)
    if (x->claim())
      go_on(*x);
}

} // namespace actor_cache::detail
