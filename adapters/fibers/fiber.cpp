#include "fiber.hpp"

#include "sanitizers.hpp"

#include <boost/context/protected_fixedsize_stack.hpp>

#include <utility>

#include <cxxabi.h>

#ifdef ACTOR_CACHE_ASAN
#  include <sanitizer/common_interface_defs.h>
#endif
#ifdef ACTOR_CACHE_TSAN
#  include <sanitizer/tsan_interface.h>
#endif

namespace actor_cache::detail {

// -- sanitizers ---------------------------------------------------------------

// ThreadSanitizer counts on which stack functions are entered and left: what
// moves it to another one must not be a function of its own.
#define ACTOR_CACHE_IN_PLACE [[gnu::always_inline]] inline

void stack_of_sanitizer::made([[maybe_unused]] const void* lowest,
                              [[maybe_unused]] size_t size) {
  lowest_ = lowest;
  size_ = size;
  fake_stack_ = nullptr;
#ifdef ACTOR_CACHE_TSAN
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
}

void stack_of_sanitizer::touch(
  [[maybe_unused]] const stack_of_sanitizer& next) {
#ifdef ACTOR_CACHE_ASAN
  __sanitizer_start_switch_fiber(&fake_stack_, next.lowest_, next.size_);
#endif
}

void stack_of_sanitizer::touched() {
#ifdef ACTOR_CACHE_ASAN
  const void* lowest = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &lowest, &size);
  // Back to where the thread has been all the time.
  __sanitizer_start_switch_fiber(&fake_stack_, lowest, size);
  __sanitizer_finish_switch_fiber(fake_stack_, nullptr, nullptr);
#endif
}

void stack_of_sanitizer::is_thread() {
#ifdef ACTOR_CACHE_TSAN
  tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

ACTOR_CACHE_IN_PLACE void
stack_of_sanitizer::leave_for([[maybe_unused]] const stack_of_sanitizer& next) {
#ifdef ACTOR_CACHE_ASAN
  __sanitizer_start_switch_fiber(&fake_stack_, next.lowest_, next.size_);
#endif
#ifdef ACTOR_CACHE_TSAN
  __tsan_switch_to_fiber(next.tsan_fiber_, 0);
#endif
}

void stack_of_sanitizer::end_for(
  [[maybe_unused]] const stack_of_sanitizer& next) {
#ifdef ACTOR_CACHE_ASAN
  __sanitizer_start_switch_fiber(nullptr, next.lowest_, next.size_);
#endif
  // To ThreadSanitizer the functions that end now are still on this stack.
}

ACTOR_CACHE_IN_PLACE void
stack_of_sanitizer::entered([[maybe_unused]] stack_of_sanitizer* from) {
#ifdef ACTOR_CACHE_ASAN
  const void* lowest = nullptr;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &lowest, &size);
  if (from != nullptr) {
    from->lowest_ = lowest;
    from->size_ = size;
  }
#endif
#ifdef ACTOR_CACHE_TSAN
  // After the end of another stack.
  if (__tsan_get_current_fiber() != tsan_fiber_)
    __tsan_switch_to_fiber(tsan_fiber_, 0);
#endif
}

void stack_of_sanitizer::destroy() {
#ifdef ACTOR_CACHE_TSAN
  __tsan_destroy_fiber(tsan_fiber_);
#endif
}

// -- exceptions ---------------------------------------------------------------

void exceptions_under_way::swap_with_thread() noexcept {
  // What the ABI says is behind this pointer (Itanium C++ ABI, 2.2.2).
  struct globals {
    void* caught;
    unsigned uncaught;
  };
  auto* thread = reinterpret_cast<globals*>(abi::__cxa_get_globals());
  std::swap(thread->caught, caught_);
  std::swap(thread->uncaught, uncaught_);
}

// -- fibers -------------------------------------------------------------------

namespace {

/// Room for what the user's own code may need to encode a value; pages that
/// nobody touched cost nothing.
constexpr size_t stack_size = 1024 * 1024;

} // namespace

void fiber::make_stack() {
  boost::context::protected_fixedsize_stack allocator{stack_size};
  auto stack = allocator.allocate();
  mine_.made(static_cast<const char*>(stack.sp) - stack.size, stack.size);
  boost::context::preallocated where{stack.sp, stack.size, stack};
  callers_.touch(mine_);
  self_ = boost::context::fiber{std::allocator_arg, where, allocator,
                                [this](boost::context::fiber caller) {
                                  return body(std::move(caller));
                                }};
  callers_.touched();
}

fiber::~fiber() {
  drop_stack();
}

void fiber::drop_stack() {
  if (!self_)
    return;
  over_ = true;
  enter();
  over_ = false;
  mine_.destroy();
}

void fiber::assign(function_ref<void()> job) {
  if (!self_)
    make_stack();
  advance(turn(), idle, running);
  job_ = job;
  has_job_ = true;
  local = nullptr;
}

void fiber::enter() {
  exceptions_.swap_with_thread();
  callers_.is_thread();
  callers_.leave_for(mine_);
  self_ = std::move(self_).resume();
  callers_.entered();
  exceptions_.swap_with_thread();
}

void fiber::leave() {
  mine_.leave_for(callers_);
  caller_ = std::move(caller_).resume();
  mine_.entered(&callers_);
}

boost::context::fiber fiber::body(boost::context::fiber caller) {
  caller_ = std::move(caller);
  mine_.entered(&callers_);
  while (!over_) {
    (*job_)();
    has_job_ = false;
    leave();
  }
  mine_.end_for(callers_);
  return std::move(caller_);
}

// -- who runs it --------------------------------------------------------------

bool fiber::advance(uint64_t turn, phase from, phase to) noexcept {
  auto seen = turn * phases + from;
  return state_.compare_exchange_strong(seen, turn * phases + to);
}

void fiber::end_turn() noexcept {
  state_.store((turn() + 1) * phases + idle);
}

bool fiber::park() noexcept {
  if (advance(turn(), running, waiting))
    return true;
  advance(turn(), woken, running);
  return false;
}

bool fiber::wake(uint64_t turn) noexcept {
  for (;;) {
    if (advance(turn, waiting, running))
      return true;
    auto now = state_.load();
    if (now != turn * phases + running)
      if (now != turn * phases + waiting)
        return false; // of another turn, or woken
    if (advance(turn, running, woken))
      return false; // it will look again before it waits
  }
}

bool fiber::claim() noexcept {
  return advance(turn(), waiting, running);
}

} // namespace actor_cache::detail
