#pragma once

#include <cstddef>
#include <cstdint>

namespace actor_cache::ets_table {

/// Where a block comes from.
///
/// The allocator of glibc only sets small blocks aside when they are freed. It
/// joins all of them at once when some large block is next asked for or freed,
/// and sorts them in some later call: after ten million, that call, whoever
/// makes it, takes seconds, and others wait for it.
enum class block_source : uint32_t {
  /// `malloc`, like what the values themselves have.
  heap,
  /// oneTBB's allocator. Where sanitizers are to see each block, `malloc`.
  pool,
};

/// Returns a block for any object.
/// @throws std::bad_alloc
void* allocate(size_t size, block_source from);

void deallocate(void* block, block_source from) noexcept;

/// Frees a block of the heap and has glibc join what was freed around it.
void free_and_join(void* block) noexcept;

} // namespace actor_cache::ets_table
