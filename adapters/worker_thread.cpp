#include "worker_thread.hpp"

#include "actor_cache/detail/fiber_pool.hpp"

#include <string_view>

#if defined(__linux__)
#  include <pthread.h>
#endif

namespace actor_cache {

bool is_worker_thread() noexcept {
#if defined(__linux__)
  // CAF tells nobody which threads are its workers, but names them.
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof(name));
  return std::string_view{name} == "caf.worker";
#else
  return false;
#endif
}

bool may_block() noexcept {
  return detail::fiber_pool::current() == nullptr && !is_worker_thread();
}

} // namespace actor_cache
