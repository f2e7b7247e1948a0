#pragma once

#include <cstddef>

namespace actor_cache::ets_table {

/// Returns a block for any object, or null where memory ran out.
///
/// It comes from oneTBB's allocator. That of glibc sets small blocks aside when
/// they are freed, and joins and sorts thousands of them in some later call of
/// any thread, for milliseconds, while others wait for it.
///
/// Sanitizers see each block by itself.
void* allocate(size_t size) noexcept;

void deallocate(void* block) noexcept;

} // namespace actor_cache::ets_table
