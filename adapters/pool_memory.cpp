#include "pool_memory.hpp"

#include "fibers/sanitizers.hpp"

#include <cstdlib>
#include <new>

#if !defined(ACTOR_CACHE_ASAN) && !defined(ACTOR_CACHE_TSAN)
#  include <oneapi/tbb/scalable_allocator.h>
#endif

namespace actor_cache::detail {

namespace {

#if !defined(ACTOR_CACHE_ASAN) && !defined(ACTOR_CACHE_TSAN)
constexpr auto pool_malloc = scalable_malloc;
constexpr auto pool_free = scalable_free;
#else
constexpr auto pool_malloc = std::malloc;
constexpr auto pool_free = std::free;
#endif

} // namespace

void* pool_allocate(size_t size) {
  auto* result = pool_malloc(size);
  if (result == nullptr)
    throw std::bad_alloc{};
  return result;
}

void pool_deallocate(void* block) noexcept {
  pool_free(block);
}

} // namespace actor_cache::detail
