#include "slot_array.hpp"

#include <algorithm>
#include <compare>
#include <new>

namespace actor_cache::ets_table {

namespace {

/// Room behind the last home index, or the last entry, for the run that ends
/// there.
constexpr size_t overhang = 32;

} // namespace

template <class Node>
slot_array<Node> slot_array<Node>::smallest(key_hasher hash) {
  auto result = room_for(hash, 0, least_bits, {});
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
      auto hash = from->hash_at(at);
      auto index = std::max(end, home(hash));
      f(from->slots_[at], hash, index);
      end = index + 1;
    }
  return end;
}

template <class Node>
slot_array<Node>
slot_array<Node>::room_for(key_hasher hash, unsigned depth, unsigned bits,
                           std::initializer_list<range> ranges) noexcept {
  slot_array result;
  result.hash_ = hash;
  result.bits_ = static_cast<uint8_t>(bits);
  result.depth_ = static_cast<uint8_t>(depth);
  auto end = result.place(ranges, [](auto&, uint64_t, size_t) {});
  result.extent_ = std::max(size_t{1} << bits, end) + overhang;
  result.slots_.reset(new (std::nothrow) slot<Node>[result.extent_]());
  return result;
}

template <class Node>
void slot_array<Node>::fill(std::initializer_list<range> ranges) noexcept {
  place(ranges, [this](slot<Node>& source, uint64_t hash, size_t index) {
    auto mark = row().mark(index - home(hash), hash);
    slots_[index] = {std::exchange(source, {}).ptr(), mark};
    ++nodes_;
  });
}

template <class Node>
slot_array<Node>::~slot_array() {
  if (slots_ == nullptr)
    return;
  node_disposal<Node> dispose;
  for (size_t index = 0; index < extent_; ++index)
    if (auto* ptr = slots_[index].ptr())
      dispose(pointer{ptr});
}

// -- places -------------------------------------------------------------------

template <class Node>
size_t slot_array<Node>::distance(size_t index) const noexcept {
  auto mark = slots_[index].mark();
  return mark.is_far() ? index - home(hash_at(index)) : mark.distance();
}

template <class Node>
size_t slot_array<Node>::middle() const noexcept {
  auto half = size_t{1} << (bits_ - 1);
  auto at = next(0);
  while (at < extent_ && at - distance(at) < half)
    at = next(at + 1);
  return at;
}

template <class Node>
std::strong_ordering
slot_array<Node>::compare(size_t index, uint64_t hash) const noexcept {
  auto seen = slots_[index].mark();
  auto wanted = row().mark(index - home(hash), hash);
  // All far ones look alike.
  if (seen == wanted || (seen.is_far() && wanted.is_far()))
    return hash_at(index) <=> hash;
  return seen <=> wanted;
}

template <class Node>
size_t slot_array<Node>::lower_bound(uint64_t hash) const noexcept {
  auto index = home(hash);
  while (!slots_[index].empty() && compare(index, hash) < 0)
    ++index;
  return index;
}

template <class Node>
size_t slot_array<Node>::lower_bound(uint64_t hash,
                                     std::string_view key) const noexcept {
  auto index = lower_bound(hash);
  while (!slots_[index].empty() && compare(index, hash) == 0
         && node(index)->key() < key)
    ++index;
  return index;
}

template <class Node>
size_t slot_array<Node>::upper_bound(uint64_t hash) const noexcept {
  auto index = home(hash);
  while (!slots_[index].empty() && compare(index, hash) <= 0)
    ++index;
  return index;
}

template <class Node>
size_t slot_array<Node>::next(size_t index) const noexcept {
  while (index < extent_ && slots_[index].empty())
    ++index;
  return index;
}

template <class Node>
size_t slot_array<Node>::previous(size_t index) const noexcept {
  while (index > 0)
    if (!slots_[--index].empty())
      return index;
  return extent_;
}

// -- changes ------------------------------------------------------------------

template <class Node>
bool slot_array<Node>::insert(uint64_t hash, Node* ptr) noexcept {
  auto first = lower_bound(hash, ptr->key());
  auto gap = first;
  while (!slots_[gap].empty())
    ++gap;
  if (gap + 1 == extent_)
    return false;
  for (; gap > first; --gap) {
    const auto& moved = slots_[gap - 1];
    slots_[gap] = {moved.ptr(), moved.mark().farther()};
  }
  slots_[first] = {ptr, row().mark(first - home(hash), hash)};
  ++nodes_;
  return true;
}

template <class Node>
typename slot_array<Node>::pointer
slot_array<Node>::extract(size_t index) noexcept {
  pointer result{slots_[index].ptr()};
  // What was pushed out of its home moves up, so that no gap parts it from it.
  for (auto next = index + 1; !slots_[next].empty(); ++index, ++next) {
    auto far = distance(next);
    if (far == 0)
      break;
    const auto& moved = slots_[next];
    slots_[index] = {moved.ptr(), moved.mark().at(far - 1)};
  }
  slots_[index] = {};
  --nodes_;
  return result;
}

template class slot_array<node>;
template class slot_array<bag_node>;

} // namespace actor_cache::ets_table
