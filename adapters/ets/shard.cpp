#include "shard.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace actor_cache::ets {

namespace {

constexpr unsigned first_bits = 3;

/// Room behind the last home index, or the last entry, for the run that ends
/// there.
constexpr size_t overhang = 32;

} // namespace

// -- node -----------------------------------------------------------------

node::pointer node::make(std::string_view key, entry content) {
  auto* memory = ::operator new(sizeof(node) + key.size());
  pointer result{::new (memory) node(key.size(), std::move(content))};
  std::memcpy(static_cast<void*>(result.get() + 1), key.data(), key.size());
  return result;
}

void node::deleter::operator()(node* ptr) const noexcept {
  ptr->~node();
  ::operator delete(static_cast<void*>(ptr));
}

// -- shard ----------------------------------------------------------------

shard::shard() {
  shift_ = 64 - first_bits;
  extent_ = (size_t{1} << first_bits) + overhang;
  slots_ = std::make_unique<slot[]>(extent_);
}

shard::~shard() {
  clear();
}

const node* shard::find(uint64_t hash, std::string_view key) const noexcept {
  auto index = position(hash, key);
  return index < extent_ ? slots_[index].ptr : nullptr;
}

void shard::insert(uint64_t hash, std::string_view key, entry content) {
  auto added = node::make(key, std::move(content));
  auto bits = 64 - shift_;
  if ((size() + 1) * 4 > (size_t{3} << bits))
    resize(++bits);
  while (!try_insert(hash, added.get()))
    resize(bits);
  account(1, static_cast<ptrdiff_t>(added.release()->bytes()));
}

void shard::write(node& target, entry content) noexcept {
  auto before = static_cast<ptrdiff_t>(target.bytes());
  target.write(std::move(content));
  account(0, static_cast<ptrdiff_t>(target.bytes()) - before);
}

void shard::erase(uint64_t hash, std::string_view key) noexcept {
  erase_at(position(hash, key));
}

void shard::clear() noexcept {
  for (size_t index = 0; index < extent_; ++index)
    if (auto* ptr = std::exchange(slots_[index].ptr, nullptr))
      node::deleter{}(ptr);
  account(-static_cast<ptrdiff_t>(size()), -static_cast<ptrdiff_t>(bytes()));
}

size_t shard::lower_bound(uint64_t hash) const noexcept {
  auto index = home(hash);
  while (slots_[index].ptr != nullptr && slots_[index].hash < hash)
    if (++index == extent_)
      break;
  return index;
}

size_t shard::position(uint64_t hash, std::string_view key) const noexcept {
  for (auto index = home(hash); index < extent_; ++index) {
    const auto& current = slots_[index];
    if (current.ptr == nullptr || current.hash > hash)
      break;
    if (current.hash == hash && current.ptr->key() == key)
      return index;
  }
  return extent_;
}

uint64_t shard::next_hash(size_t index) const noexcept {
  while (index < extent_ && slots_[index].ptr == nullptr)
    ++index;
  return index < extent_ ? slots_[index].hash : 0;
}

bool shard::try_insert(uint64_t hash, node* ptr) noexcept {
  auto first = lower_bound(hash);
  auto gap = first;
  while (gap < extent_ && slots_[gap].ptr != nullptr)
    ++gap;
  if (gap == extent_)
    return false;
  for (; gap > first; --gap)
    slots_[gap] = slots_[gap - 1];
  slots_[first] = {hash, ptr};
  return true;
}

void shard::erase_at(size_t index) noexcept {
  node::pointer removed{slots_[index].ptr};
  account(-1, -static_cast<ptrdiff_t>(removed->bytes()));
  auto next = index + 1;
  for (; next < extent_; ++index, ++next) {
    if (slots_[next].ptr == nullptr || home(slots_[next].hash) == next)
      break;
    slots_[index] = slots_[next];
  }
  slots_[index].ptr = nullptr;
}

void shard::resize(unsigned bits) {
  auto place = [shift = 64 - bits](const slot& x, size_t free_from) {
    return std::max(free_from, static_cast<size_t>(x.hash >> shift));
  };
  size_t end = 0;
  for (size_t index = 0; index < extent_; ++index)
    if (slots_[index].ptr != nullptr)
      end = place(slots_[index], end) + 1;
  auto extent = std::max(size_t{1} << bits, end) + overhang;
  auto slots = std::make_unique<slot[]>(extent);
  end = 0;
  for (size_t index = 0; index < extent_; ++index) {
    if (slots_[index].ptr == nullptr)
      continue;
    auto target = place(slots_[index], end);
    slots[target] = slots_[index];
    end = target + 1;
  }
  slots_ = std::move(slots);
  extent_ = extent;
  shift_ = 64 - bits;
}

void shard::account(ptrdiff_t entries, ptrdiff_t bytes) noexcept {
  size_.store(size() + static_cast<size_t>(entries),
              std::memory_order_relaxed);
  bytes_.store(this->bytes() + static_cast<size_t>(bytes),
               std::memory_order_relaxed);
}

} // namespace actor_cache::ets
