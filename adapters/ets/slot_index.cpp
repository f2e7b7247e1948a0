#include "slot_index.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace actor_cache::ets_table {

namespace {

/// An array of 2^11 slots is 16 KB; moving its nodes takes some ten
/// microseconds.
constexpr unsigned most_bits = 11;

/// A directory for 2^20 parts is for some 10^9 entries in one shard.
constexpr unsigned most_depth = 20;

/// Returns the bits of an array that is to be at most three eighths full.
constexpr unsigned roomy_bits(size_t nodes) noexcept {
  auto result = slot_array<node>::least_bits;
  while (nodes * 8 > size_t{3} << result)
    ++result;
  return result;
}

/// Makes room for `size` elements.
template <class T>
bool try_reserve(std::vector<T>& what, size_t size) noexcept {
  try {
    if (size > what.capacity())
      what.reserve(std::max(size, 2 * what.capacity()));
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

} // namespace

template <class Node>
slot_index<Node>::slot_index(key_hasher hash)
  : rows_(1), directory_(1), hash_(hash) {
  parts_.push_back(array::smallest(hash));
  rebuild_directory(0);
}

// -- nodes --------------------------------------------------------------------

template <class Node>
bool slot_index<Node>::insert(uint64_t hash, Node* ptr) noexcept {
  for (;;) {
    auto part = part_of(hash);
    auto& home = parts_[part];
    if (!home.crowded() && home.insert(hash, ptr))
      return true;
    if (!grow(part))
      return false;
  }
}

template <class Node>
typename slot_index<Node>::pointer
slot_index<Node>::extract(uint64_t hash, std::string_view key) noexcept {
  auto part = part_of(hash);
  auto& home = parts_[part];
  auto result = home.extract(home.lower_bound(hash, key));
  if (home.deserted())
    shrink(part);
  return result;
}

template <class Node>
std::optional<typename slot_index<Node>::position>
slot_index<Node>::next(position at) const noexcept {
  for (; at.part < parts_.size(); at = {at.part + 1, 0}) {
    const auto& part = parts_[at.part];
    at.index = part.next(at.index);
    if (at.index < part.extent())
      return at;
  }
  return std::nullopt;
}

template <class Node>
std::optional<typename slot_index<Node>::position>
slot_index<Node>::previous(position at) const noexcept {
  for (;;) {
    if (at.part < parts_.size()) {
      const auto& part = parts_[at.part];
      auto index = part.previous(at.index);
      if (index < part.extent())
        return position{at.part, index};
    }
    if (at.part == 0)
      return std::nullopt;
    --at.part;
    at.index = parts_[at.part].extent();
  }
}

template <class Node>
size_t slot_index<Node>::extent() const noexcept {
  size_t result = 0;
  for (const auto& part : parts_)
    result += part.extent();
  return result;
}

// -- growing ------------------------------------------------------------------

template <class Node>
bool slot_index<Node>::grow(size_t part) noexcept {
  const auto& home = parts_[part];
  // It need not be full where there is no gap behind its last entries.
  auto bits = home.bits() + (home.crowded() ? 1 : 0);
  return (bits > most_bits && split(part)) || resize(part, bits);
}

template <class Node>
bool slot_index<Node>::resize(size_t part, unsigned bits) noexcept {
  auto& home = parts_[part];
  auto next = array::room_for(hash_, home.depth(), bits, {home.all()});
  if (!next)
    return false;
  note_moved(home.extent());
  next.fill({home.all()});
  retire(std::exchange(home, std::move(next)));
  rebuild_directory(depth_);
  return true;
}

template <class Node>
bool slot_index<Node>::split(size_t part) noexcept {
  auto depth = parts_[part].depth() + 1;
  auto new_depth = std::max(depth, depth_);
  if (depth > most_depth || !try_reserve(parts_, parts_.size() + 1)
      || !try_reserve(directory_, size_t{1} << new_depth)
      || !try_reserve(rows_, size_t{1} << new_depth))
    return false;
  auto& home = parts_[part];
  auto low = home.all();
  auto high = home.all();
  low.end = high.begin = home.middle();
  // One that hardly divides anything would be followed by many others.
  auto fewer = std::min(low.nodes(), high.nodes());
  if (fewer * 16 < home.nodes())
    return false;
  auto lower = array::room_for(hash_, depth, home.bits(), {low});
  auto upper = array::room_for(hash_, depth, home.bits(), {high});
  if (!lower || !upper)
    return false;
  note_moved(home.extent());
  lower.fill({low});
  upper.fill({high});
  retire(std::exchange(home, std::move(lower)));
  parts_.insert(parts_.begin() + static_cast<ptrdiff_t>(part) + 1,
                std::move(upper));
  rebuild_directory(new_depth);
  return true;
}

// -- shrinking ----------------------------------------------------------------

template <class Node>
void slot_index<Node>::shrink(size_t part) noexcept {
  auto merged = merge(part);
  if (!merged) {
    // Where there is no memory for a smaller array, the large one goes on.
    auto& home = parts_[part];
    static_cast<void>(resize(part, roomy_bits(home.nodes())));
    return;
  }
  while (merged)
    merged = merge(*merged);
}

template <class Node>
std::optional<size_t> slot_index<Node>::other_half(size_t part) const noexcept {
  auto depth = parts_[part].depth();
  if (depth == 0)
    return std::nullopt;
  // Halves lie side by side; the directory tells which of the two this is.
  auto width = size_t{1} << (depth_ - depth);
  auto first = static_cast<size_t>(
    std::lower_bound(directory_.begin(), directory_.end(), part)
    - directory_.begin());
  auto other = (first / width) % 2 == 0 ? part + 1 : part - 1;
  if (parts_[other].depth() != depth)
    return std::nullopt;
  return other;
}

template <class Node>
std::optional<size_t> slot_index<Node>::merge(size_t part) noexcept {
  auto other = other_half(part);
  if (!other)
    return std::nullopt;
  auto first = std::min(part, *other);
  auto& lower = parts_[first];
  auto& upper = parts_[first + 1];
  auto bits = roomy_bits(lower.nodes() + upper.nodes());
  if (bits > most_bits)
    return std::nullopt;
  auto next = array::room_for(hash_, lower.depth() - 1, bits,
                              {lower.all(), upper.all()});
  if (!next)
    return std::nullopt;
  note_moved(lower.extent() + upper.extent());
  next.fill({lower.all(), upper.all()});
  retire(std::exchange(lower, std::move(next)));
  retire(std::move(upper));
  parts_.erase(parts_.begin() + static_cast<ptrdiff_t>(first) + 1);
  rebuild_directory(deepest());
  return first;
}

// -- the directory ------------------------------------------------------------

template <class Node>
unsigned slot_index<Node>::deepest() const noexcept {
  unsigned result = 0;
  for (const auto& part : parts_)
    result = std::max(result, part.depth());
  return result;
}

template <class Node>
void slot_index<Node>::retire(array old) noexcept {
  try {
    outgrown_.push_back(std::move(old));
  } catch (const std::bad_alloc&) {
    // `old` ends here
  }
}

template <class Node>
void slot_index<Node>::rebuild_directory(unsigned depth) noexcept {
  directory_.resize(size_t{1} << depth);
  rows_.resize(size_t{1} << depth);
  depth_ = depth;
  size_t at = 0;
  for (uint32_t part = 0; part < parts_.size(); ++part)
    for (auto end = at + (size_t{1} << (depth - parts_[part].depth()));
         at < end; ++at) {
      directory_[at] = part;
      rows_[at] = parts_[part].row();
    }
}

template class slot_index<node>;
template class slot_index<bag_node>;

} // namespace actor_cache::ets_table
