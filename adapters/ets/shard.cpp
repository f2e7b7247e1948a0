#include "shard.hpp"

#include "spread_lock.hpp"

#include <algorithm>
#include <new>

namespace actor_cache::ets_table {

namespace {

constexpr unsigned first_bits = 3;

/// Room behind the last home index, or the last entry, for the run that ends
/// there.
constexpr size_t overhang = 32;

/// Above three quarters a shard grows, below an eighth it shrinks.
constexpr bool crowded(size_t nodes, unsigned bits) noexcept {
  return nodes * 4 > (size_t{3} << bits);
}

constexpr bool deserted(size_t nodes, unsigned bits) noexcept {
  return bits > first_bits && nodes * 8 < (size_t{1} << bits);
}

} // namespace

// -- slot_array ---------------------------------------------------------------

template <class Node>
slot_array<Node>::slot_array(unsigned bits, size_t extent)
  : slots_(new(std::nothrow) slot[extent]()), extent_(extent), bits_(bits) {
  // nop
}

template <class Node>
slot_array<Node>::~slot_array() {
  if (slots_ == nullptr)
    return;
  for (size_t index = 0; index < extent_; ++index)
    if (auto* ptr = slots_[index].ptr)
      typename Node::pointer{ptr}.reset();
}

// -- shard: one key -----------------------------------------------------------

template <class Node, class Mutex>
shard<Node, Mutex>::shard() : slots_(empty_slots()) {
  // nop
}

template <class Node, class Mutex>
const Node*
shard<Node, Mutex>::find(uint64_t hash, std::string_view key) const noexcept {
  const auto extent = slots_.extent();
  for (auto index = slots_.home(hash); index < extent; ++index) {
    const auto& current = slots_[index];
    if (current.ptr == nullptr || current.hash > hash)
      break;
    if (current.hash == hash && current.ptr->key() == key)
      return current.ptr;
  }
  return nullptr;
}

template <class Node, class Mutex>
void shard<Node, Mutex>::insert(uint64_t hash, pointer added, time_point now) {
  auto bits = slots_.bits();
  if (crowded(nodes_ + 1, bits) && !resize(++bits))
    throw std::bad_alloc{};
  while (!try_insert(hash, added.get()))
    if (!resize(bits))
      throw std::bad_alloc{};
  auto& inserted = *added.release();
  ++nodes_;
  account(inserted.count(), inserted.bytes());
  schedule(inserted, now);
}

template <class Node, class Mutex>
typename shard<Node, Mutex>::pointer
shard<Node, Mutex>::exchange(uint64_t hash, Node& old, pointer next,
                             time_point now) {
  auto& at = slots_[lower_bound(hash, old.key())];
  account(next->count() - old.count(), next->bytes() - old.bytes());
  timing_wheel<Node>::remove(old);
  pointer result{std::exchange(at.ptr, next.release())};
  schedule(*at.ptr, now);
  return result;
}

template <class Node, class Mutex>
typename shard<Node, Mutex>::pointer
shard<Node, Mutex>::extract(uint64_t hash, std::string_view key) noexcept {
  auto result = extract_at(lower_bound(hash, key));
  shrink();
  return result;
}

// -- shard: everything --------------------------------------------------------

template <class Node, class Mutex>
slot_array<Node> shard<Node, Mutex>::empty_slots() {
  slot_array<Node> result{first_bits, (size_t{1} << first_bits) + overhang};
  if (!result)
    throw std::bad_alloc{};
  return result;
}

template <class Node, class Mutex>
slot_array<Node> shard<Node, Mutex>::drain(slot_array<Node> empty) noexcept {
  std::swap(slots_, empty);
  wheel_.reset();
  nodes_ = 0;
  size_.store(0, std::memory_order_relaxed);
  bytes_.store(0, std::memory_order_relaxed);
  return empty;
}

// -- shard: order -------------------------------------------------------------

template <class Node, class Mutex>
const Node* shard<Node, Mutex>::after(uint64_t hash, std::string_view key,
                                      time_point now) const noexcept {
  auto index = lower_bound(hash, key);
  if (index < slots_.extent() && slots_[index].ptr != nullptr
      && slots_[index].hash == hash && slots_[index].ptr->key() == key)
    ++index;
  return kept_from(index, now);
}

template <class Node, class Mutex>
const Node* shard<Node, Mutex>::before(uint64_t hash, std::string_view key,
                                       time_point now) const noexcept {
  return kept_before(lower_bound(hash, key), now);
}

template <class Node, class Mutex>
const Node* shard<Node, Mutex>::first(time_point now) const noexcept {
  return kept_from(0, now);
}

template <class Node, class Mutex>
const Node* shard<Node, Mutex>::last(time_point now) const noexcept {
  return kept_before(slots_.extent(), now);
}

template <class Node, class Mutex>
const Node*
shard<Node, Mutex>::kept_from(size_t index, time_point now) const noexcept {
  for (index = next(index); index < slots_.extent(); index = next(index + 1))
    if (slots_[index].ptr->kept(now))
      return slots_[index].ptr;
  return nullptr;
}

template <class Node, class Mutex>
const Node*
shard<Node, Mutex>::kept_before(size_t index, time_point now) const noexcept {
  for (index = previous(index); index < slots_.extent();
       index = previous(index))
    if (slots_[index].ptr->kept(now))
      return slots_[index].ptr;
  return nullptr;
}

template <class Node, class Mutex>
size_t shard<Node, Mutex>::lower_bound(uint64_t hash) const noexcept {
  auto index = slots_.home(hash);
  while (index < slots_.extent() && slots_[index].ptr != nullptr
         && slots_[index].hash < hash)
    ++index;
  return index;
}

template <class Node, class Mutex>
size_t shard<Node, Mutex>::lower_bound(uint64_t hash,
                                       std::string_view key) const noexcept {
  auto index = lower_bound(hash);
  while (index < slots_.extent() && slots_[index].ptr != nullptr
         && slots_[index].hash == hash && slots_[index].ptr->key() < key)
    ++index;
  return index;
}

template <class Node, class Mutex>
size_t shard<Node, Mutex>::upper_bound(uint64_t hash) const noexcept {
  auto index = slots_.home(hash);
  while (index < slots_.extent() && slots_[index].ptr != nullptr
         && slots_[index].hash <= hash)
    ++index;
  return index;
}

template <class Node, class Mutex>
size_t shard<Node, Mutex>::next(size_t index) const noexcept {
  while (index < slots_.extent() && slots_[index].ptr == nullptr)
    ++index;
  return index;
}

template <class Node, class Mutex>
size_t shard<Node, Mutex>::previous(size_t index) const noexcept {
  while (index > 0)
    if (slots_[--index].ptr != nullptr)
      return index;
  return slots_.extent();
}

// -- shard: the array ---------------------------------------------------------

template <class Node, class Mutex>
bool shard<Node, Mutex>::try_insert(uint64_t hash, Node* ptr) noexcept {
  auto first = lower_bound(hash, ptr->key());
  auto gap = first;
  while (gap < slots_.extent() && slots_[gap].ptr != nullptr)
    ++gap;
  if (gap == slots_.extent())
    return false;
  for (; gap > first; --gap)
    slots_[gap] = slots_[gap - 1];
  slots_[first] = {hash, ptr};
  return true;
}

template <class Node, class Mutex>
typename shard<Node, Mutex>::pointer
shard<Node, Mutex>::extract_at(size_t index) noexcept {
  pointer result{slots_[index].ptr};
  timing_wheel<Node>::remove(*result);
  --nodes_;
  account(-result->count(), -result->bytes());
  // What was pushed out of its home moves up, so that no gap parts it from it.
  for (auto next = index + 1; next < slots_.extent(); ++index, ++next) {
    if (slots_[next].ptr == nullptr || slots_.home(slots_[next].hash) == next)
      break;
    slots_[index] = slots_[next];
  }
  slots_[index].ptr = nullptr;
  return result;
}

template <class Node, class Mutex>
bool shard<Node, Mutex>::resize(unsigned bits) noexcept {
  auto place = [bits](uint64_t hash, size_t free_from) {
    return std::max(free_from, static_cast<size_t>(hash >> (64 - bits)));
  };
  size_t end = 0;
  for (auto at = next(0); at < slots_.extent(); at = next(at + 1))
    end = place(slots_[at].hash, end) + 1;
  slot_array<Node> target{bits, std::max(size_t{1} << bits, end) + overhang};
  if (!target)
    return false;
  end = 0;
  for (auto at = next(0); at < slots_.extent(); at = next(at + 1)) {
    auto index = place(slots_[at].hash, end);
    target[index] = {slots_[at].hash, std::exchange(slots_[at].ptr, nullptr)};
    end = index + 1;
  }
  slots_ = std::move(target);
  return true;
}

template <class Node, class Mutex>
void shard<Node, Mutex>::shrink() noexcept {
  auto bits = slots_.bits();
  while (deserted(nodes_, bits))
    --bits;
  // Where there is no memory for a smaller array, the large one goes on.
  if (bits < slots_.bits())
    static_cast<void>(resize(bits));
}

template <class Node, class Mutex>
void shard<Node, Mutex>::account(size_t entries, size_t bytes) noexcept {
  size_.store(size() + entries, std::memory_order_release);
  bytes_.store(this->bytes() + bytes, std::memory_order_relaxed);
}

template class slot_array<node>;
template class slot_array<bag_node>;
template class shard<node>;
template class shard<bag_node>;
template class shard<node, spread_lock>;

} // namespace actor_cache::ets_table
