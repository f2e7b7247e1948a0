#include "memory.hpp"

#include "../fibers/sanitizers.hpp"

#include <cstdlib>
#include <new>

#if !defined(ACTOR_CACHE_ASAN) && !defined(ACTOR_CACHE_TSAN)
#  include <oneapi/tbb/scalable_allocator.h>
#endif

namespace actor_cache::ets_table {

namespace {

#if !defined(ACTOR_CACHE_ASAN) && !defined(ACTOR_CACHE_TSAN)
constexpr auto pool_malloc = scalable_malloc;
constexpr auto pool_free = scalable_free;
#else
constexpr auto pool_malloc = std::malloc;
constexpr auto pool_free = std::free;
#endif

} // namespace

void* allocate(size_t size, block_source from) {
  auto* result = from == block_source::heap ? std::malloc(size)
                                            : pool_malloc(size);
  if (result == nullptr)
    throw std::bad_alloc{};
  return result;
}

void deallocate(void* block, block_source from) noexcept {
  from == block_source::heap ? std::free(block) : pool_free(block);
}

void free_and_join(void* block) noexcept {
  // From this size on a block that is freed makes glibc join the small ones in
  // the same arena. The pages behind the first one are never touched.
  constexpr size_t large = size_t{64} << 10;
  auto* grown = std::realloc(block, large);
  std::free(grown != nullptr ? grown : block);
}

} // namespace actor_cache::ets_table
