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
  /// `malloc`, like what most values themselves have.
  heap,
  /// `pool_allocate`.
  pool,
};

/// Returns a block for any object.
/// @throws std::bad_alloc
void* allocate(size_t size, block_source from);

void deallocate(void* block, block_source from) noexcept;

/// Frees a block of the heap and has glibc join what was freed around it.
void free_and_join(void* block) noexcept;

/// Frees the one block of memory that a node and its key are.
template <class Node>
struct node_deleter {
  void operator()(Node* ptr) const noexcept {
    auto from = ptr->source();
    if (auto* block = Node::retire(ptr))
      deallocate(block, from);
  }
};

/// Frees nodes, however many, and has glibc join what that sets aside every now
/// and then.
template <class Node>
class node_disposal {
public:
  void operator()(typename Node::pointer x) noexcept {
    if (x->source() != block_source::heap || ++count_ % at_once != 0)
      return;
    if (auto* block = Node::retire(x.release()))
      free_and_join(block);
  }

private:
  static constexpr size_t at_once = 256;

  size_t count_ = 0;
};

} // namespace actor_cache::ets_table
