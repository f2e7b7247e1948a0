#include "memory.hpp"

#include "../fibers/sanitizers.hpp"

#if defined(ACTOR_CACHE_ASAN) || defined(ACTOR_CACHE_TSAN)
#  include <cstdlib>
#else
#  include <oneapi/tbb/scalable_allocator.h>
#endif

namespace actor_cache::ets_table {

#if defined(ACTOR_CACHE_ASAN) || defined(ACTOR_CACHE_TSAN)

void* allocate(size_t size) noexcept {
  return std::malloc(size);
}

void deallocate(void* block) noexcept {
  std::free(block);
}

#else

void* allocate(size_t size) noexcept {
  return scalable_malloc(size);
}

void deallocate(void* block) noexcept {
  scalable_free(block);
}

#endif

} // namespace actor_cache::ets_table
