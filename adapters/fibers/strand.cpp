#include "actor_cache/detail/strand.hpp"

#include "fiber.hpp"

#include <algorithm>
#include <utility>

namespace actor_cache::detail {

namespace {

thread_local strand* current_strand = nullptr;

} // namespace

void waker::operator()() const {
  if (auto home = home_.lock())
    home->wake({sleeper_, turn_});
}

strand::strand(std::function<void()> post) : post_(std::move(post)) {
  // nop
}

strand::~strand() {
  close();
}

strand* strand::current() noexcept {
  return current_strand;
}

fiber& strand::idle_fiber() {
  if (idle_.empty()) {
    fibers_.push_back(std::make_unique<fiber>());
    return *fibers_.back();
  }
  auto* result = idle_.back();
  idle_.pop_back();
  return *result;
}

void strand::run(std::function<void()> job) {
  auto& next = idle_fiber();
  next.assign(std::move(job));
  if (auto failure = go_on(next))
    std::rethrow_exception(failure);
}

std::exception_ptr strand::go_on(fiber& next) {
  auto* before = std::exchange(running_, &next);
  auto* outer = std::exchange(current_strand, this);
  next.suspended = false;
  next.enter();
  current_strand = outer;
  running_ = before;
  if (next.has_job())
    return nullptr;
  // Wakers of the job that ended find another turn.
  ++next.turn;
  idle_.push_back(&next);
  return next.take_failure();
}

void strand::run_ready() {
  std::vector<wake_up> ready;
  {
    std::lock_guard guard{mtx_};
    ready.swap(ready_);
  }
  std::exception_ptr first_failure;
  for (auto [sleeper, turn] : ready)
    if (sleeper->suspended && sleeper->turn == turn)
      if (auto failure = go_on(*sleeper); failure && !first_failure)
        first_failure = std::move(failure);
  if (first_failure)
    std::rethrow_exception(first_failure);
}

void strand::close() noexcept {
  {
    std::lock_guard guard{mtx_};
    closed_ = true;
    ready_.clear();
  }
  auto sleeps = [](const auto& x) { return x->suspended; };
  for (;;) {
    auto i = std::find_if(fibers_.begin(), fibers_.end(), sleeps);
    if (i == fibers_.end())
      break;
    static_cast<void>(go_on(**i)); // the owner is on its way out
  }
  // A waker may be the last to hold this strand, on a thread that these stacks
  // have never been on.
  idle_.clear();
  fibers_.clear();
}

waker strand::wake_me() const {
  return {std::const_pointer_cast<strand>(shared_from_this()), running_,
          running_->turn};
}

bool strand::suspend() {
  if (!closed_) {
    auto& self = *running_;
    self.suspended = true;
    self.leave();
  }
  return !closed_;
}

void strand::wake(wake_up what) {
  {
    std::lock_guard guard{mtx_};
    if (closed_)
      return;
    ready_.push_back(what);
    if (ready_.size() > 1)
      return;
  }
  // Without the lock: the owner's end, and with it `close`, may come of this.
  post_();
}

} // namespace actor_cache::detail
