#include "scheduler_thread.hpp"

#if defined(ACTOR_CACHE_CHECK_BLOCKING)
#  include "../adapters/worker_thread.hpp"
#endif

namespace actor_cache::detail {

bool on_scheduler_thread() noexcept {
#if defined(ACTOR_CACHE_CHECK_BLOCKING)
  return is_worker_thread();
#else
  return false;
#endif
}

} // namespace actor_cache::detail
