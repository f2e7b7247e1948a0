#pragma once

#include <cstddef>

namespace actor_cache::detail {

/// Returns a block of oneTBB's allocator, for any object: for what one thread
/// makes and another one frees, over and over. glibc has the two wait for each
/// other there, unless the block is very small. Where sanitizers are to see
/// each block it comes from `malloc`.
/// @throws std::bad_alloc
void* pool_allocate(size_t size);

void pool_deallocate(void* block) noexcept;

/// Has the standard library take its memory from there.
template <class T>
struct pool_allocator {
  using value_type = T;

  pool_allocator() = default;

  template <class U>
  pool_allocator(const pool_allocator<U>&) noexcept {
    // nop
  }

  T* allocate(size_t count) {
    return static_cast<T*>(pool_allocate(count * sizeof(T)));
  }

  void deallocate(T* block, size_t) noexcept {
    pool_deallocate(block);
  }

  bool operator==(const pool_allocator&) const = default;
};

} // namespace actor_cache::detail
