#include "memory.hpp"

#include "../pool_memory.hpp"

#include <cstdlib>
#include <new>

namespace actor_cache::ets_table {

void* allocate(size_t size, block_source from) {
  if (from == block_source::pool)
    return detail::pool_allocate(size);
  auto* result = std::malloc(size);
  if (result == nullptr)
    throw std::bad_alloc{};
  return result;
}

void deallocate(void* block, block_source from) noexcept {
  from == block_source::heap ? std::free(block)
                             : detail::pool_deallocate(block);
}

void free_and_join(void* block) noexcept {
  // From this size on a block that is freed makes glibc join the small ones in
  // the same arena. The pages behind the first one are never touched.
  constexpr size_t large = size_t{64} << 10;
  auto* grown = std::realloc(block, large);
  std::free(grown != nullptr ? grown : block);
}

} // namespace actor_cache::ets_table
