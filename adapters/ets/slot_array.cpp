#include "slot_array.hpp"

#include <algorithm>
#include <new>

namespace actor_cache::ets_table {

namespace {

/// Room behind the last home index, or the last entry, for the run that ends
/// there.
constexpr size_t overhang = 32;

} // namespace

template <class Node>
slot_array<Node> slot_array<Node>::smallest() {
  auto result = room_for(0, least_bits, {});
  if (!result)
    throw std::bad_alloc{};
  return result;
}

template <class Node>
template <class F>
size_t slot_array<Node>::place(std::initializer_list<range> ranges, F f) const {
  size_t end = 0;
  for (const auto& [from, first, last] : ranges)
    for (auto at = from->next(first); at < last; at = from->next(at + 1)) {
      auto& source = (*from)[at];
      auto index = std::max(end, home(source.hash));
      f(source, index);
      end = index + 1;
    }
  return end;
}

template <class Node>
slot_array<Node>
slot_array<Node>::room_for(unsigned depth, unsigned bits,
                           std::initializer_list<range> ranges) noexcept {
  slot_array result;
  result.bits_ = bits;
  result.depth_ = depth;
  auto end = result.place(ranges, [](const slot&, size_t) {});
  result.extent_ = std::max(size_t{1} << bits, end) + overhang;
  result.slots_.reset(new (std::nothrow) slot[result.extent_]());
  return result;
}

template <class Node>
void slot_array<Node>::fill(std::initializer_list<range> ranges) noexcept {
  place(ranges, [this](slot& source, size_t index) {
    slots_[index] = {source.hash, std::exchange(source.ptr, nullptr)};
    ++nodes_;
  });
}

template <class Node>
slot_array<Node>::~slot_array() {
  if (slots_ == nullptr)
    return;
  node_disposal<Node> dispose;
  for (size_t index = 0; index < extent_; ++index)
    if (auto* ptr = slots_[index].ptr)
      dispose(pointer{ptr});
}

template <class Node>
size_t slot_array<Node>::first_with(uint64_t bit) const noexcept {
  auto at = next(0);
  while (at < extent_ && (slots_[at].hash & bit) == 0)
    at = next(at + 1);
  return at;
}

template <class Node>
const Node*
slot_array<Node>::find(uint64_t hash, std::string_view key) const noexcept {
  const auto* const end = slots_.get() + extent_;
  for (const auto* at = slots_.get() + home(hash); at != end; ++at) {
    if (at->ptr == nullptr || at->hash > hash)
      break;
    if (at->hash == hash && at->ptr->key() == key)
      return at->ptr;
  }
  return nullptr;
}

template <class Node>
size_t slot_array<Node>::lower_bound(uint64_t hash) const noexcept {
  auto index = home(hash);
  while (index < extent_ && slots_[index].ptr != nullptr
         && slots_[index].hash < hash)
    ++index;
  return index;
}

template <class Node>
size_t slot_array<Node>::lower_bound(uint64_t hash,
                                     std::string_view key) const noexcept {
  auto index = lower_bound(hash);
  while (index < extent_ && slots_[index].ptr != nullptr
         && slots_[index].hash == hash && slots_[index].ptr->key() < key)
    ++index;
  return index;
}

template <class Node>
size_t slot_array<Node>::upper_bound(uint64_t hash) const noexcept {
  auto index = home(hash);
  while (index < extent_ && slots_[index].ptr != nullptr
         && slots_[index].hash <= hash)
    ++index;
  return index;
}

template <class Node>
size_t slot_array<Node>::next(size_t index) const noexcept {
  while (index < extent_ && slots_[index].ptr == nullptr)
    ++index;
  return index;
}

template <class Node>
size_t slot_array<Node>::previous(size_t index) const noexcept {
  while (index > 0)
    if (slots_[--index].ptr != nullptr)
      return index;
  return extent_;
}

template <class Node>
bool slot_array<Node>::insert(uint64_t hash, Node* ptr) noexcept {
  auto first = lower_bound(hash, ptr->key());
  auto gap = first;
  while (gap < extent_ && slots_[gap].ptr != nullptr)
    ++gap;
  if (gap == extent_)
    return false;
  for (; gap > first; --gap)
    slots_[gap] = slots_[gap - 1];
  slots_[first] = {hash, ptr};
  ++nodes_;
  return true;
}

template <class Node>
typename slot_array<Node>::pointer
slot_array<Node>::extract(size_t index) noexcept {
  pointer result{slots_[index].ptr};
  // What was pushed out of its home moves up, so that no gap parts it from it.
  for (auto next = index + 1; next < extent_; ++index, ++next) {
    if (slots_[next].ptr == nullptr || home(slots_[next].hash) == next)
      break;
    slots_[index] = slots_[next];
  }
  slots_[index].ptr = nullptr;
  --nodes_;
  return result;
}

template class slot_array<node>;
template class slot_array<bag_node>;

} // namespace actor_cache::ets_table
