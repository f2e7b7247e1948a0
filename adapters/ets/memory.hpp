#pragma once

#include <cstddef>

namespace actor_cache::ets_table {

/// Returns a block for any object, or null where memory ran out.
///
/// Tables take what they hold from an allocator whose calls take a bounded
/// time, oneTBB's. That of glibc sets small blocks aside when they are freed
/// and joins and sorts thousands of them in some later call, with the lock of
/// the table or that of all its own callers held: pauses of milliseconds while
/// millions of entries expire.
///
/// Sanitizers see blocks of their own.
void* allocate(size_t size) noexcept;

void deallocate(void* block) noexcept;

} // namespace actor_cache::ets_table
