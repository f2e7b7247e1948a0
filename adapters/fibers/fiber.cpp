#include "fiber.hpp"

#include <boost/context/protected_fixedsize_stack.hpp>

#if defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    define ACTOR_CACHE_ASAN
#  endif
#  if __has_feature(thread_sanitizer)
#    define ACTOR_CACHE_TSAN
#  endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#  define ACTOR_CACHE_ASAN
#endif
#if defined(__SANITIZE_THREAD__)
#  define ACTOR_CACHE_TSAN
#endif

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
#ifdef ACTOR_CACHE_TSAN
  tsan_fiber_ = __tsan_create_fiber(0);
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

// -- fibers -------------------------------------------------------------------

namespace {

/// Room for what the user's own code may need to encode a value; pages that
/// nobody touched cost nothing.
constexpr size_t stack_size = 1024 * 1024;

} // namespace

fiber::fiber() {
  boost::context::protected_fixedsize_stack allocator{stack_size};
  auto stack = allocator.allocate();
  mine_.made(static_cast<const char*>(stack.sp) - stack.size, stack.size);
  boost::context::preallocated where{stack.sp, stack.size, stack};
  self_ = boost::context::fiber{std::allocator_arg, where, allocator,
                                [this](boost::context::fiber caller) {
                                  return body(std::move(caller));
                                }};
}

fiber::~fiber() {
  over_ = true;
  enter();
  mine_.destroy();
}

void fiber::enter() {
  callers_.is_thread();
  callers_.leave_for(mine_);
  self_ = std::move(self_).resume();
  callers_.entered();
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
    // Nothing is there on this stack to catch it.
    try {
      job_();
    } catch (...) {
      failure_ = std::current_exception();
    }
    job_ = nullptr;
    leave();
  }
  mine_.end_for(callers_);
  return std::move(caller_);
}

} // namespace actor_cache::detail
