#include "record_cache.hpp"

#include <random>
#include <utility>

namespace actor_cache::dets_store {

namespace {

/// How many slots one call looks at to make room.
constexpr size_t most_looks = 64;

uint64_t random_seed() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

/// Returns a record's slot without the address. Where it belongs is told by
/// lower bits of the hash, and its stripe by higher ones.
uint64_t tag_of(uint64_t hash) noexcept {
  return (hash >> 42 & 0xffff) << 48;
}

/// Has all lines of a record of usual size come at once: whoever looks at its
/// key will want its value.
void fetch_lines(const cached_record* x) noexcept {
  const auto* bytes = reinterpret_cast<const char*>(x);
  for (size_t line = 0; line < 256; line += 64)
    __builtin_prefetch(bytes + line);
}

} // namespace

record_cache::record_cache(size_t limit)
  : limit_(limit / stripes), seed_(random_seed()) {
  // nop
}

record_cache::~record_cache() {
  clear();
}

void record_cache::keep(const hashed_key& key, state missed,
                        const objects& content) {
  auto next = cached_record::make(key, content);
  if (next->footprint() > limit_)
    return;
  auto& home = stripe_of(key.hash);
  std::vector<record_ptr> gone; // outside of the lock
  std::unique_lock guard{home.mtx};
  if (home.changes != missed)
    return;
  home.reserve();
  auto index = home.find(key);
  if (home.at(index) != nullptr)
    return; // another reader was faster
  home.clean_bytes += next->footprint();
  home.put(index, *next.release());
  home.shrink(limit_, gone);
}

record_ptr record_cache::replace(record_ptr next) {
  auto& home = stripe_of(next->hash());
  std::unique_lock guard{home.mtx};
  ++home.changes;
  home.reserve();
  auto index = home.find({next->key(), next->hash()});
  record_ptr old{home.at(index), false};
  if (old != nullptr) {
    old->linked_ = false;
    if (old->list_ == 0)
      home.clean_bytes -= old->footprint();
    --home.count;
  }
  home.put(index, *next.release());
  return old;
}

void record_cache::written(cached_record& x, uint32_t number) {
  auto& home = stripe_of(x.hash());
  std::vector<record_ptr> gone;
  std::unique_lock guard{home.mtx};
  if (!x.linked_ || x.list_ != number)
    return; // forgotten, or written anew
  x.list_ = 0;
  home.clean_bytes += x.footprint();
  if (x.size() == 0 || x.footprint() > limit_) {
    auto index = home.find({x.key(), x.hash()});
    home.take_out(index);
    gone.emplace_back(&x, false);
  }
  home.shrink(limit_, gone);
}

void record_cache::clear() {
  for (auto& x : stripes_) {
    std::vector<record_ptr> gone;
    std::unique_lock guard{x.mtx};
    ++x.changes;
    gone.reserve(x.count);
    for (size_t i = 0; i < x.slots.size(); ++i)
      if (auto* found = x.at(i); found != nullptr) {
        found->linked_ = false;
        gone.emplace_back(found, false);
        x.slots[i] = 0;
      }
    x.count = 0;
    x.clean_bytes = 0;
  }
}

size_t record_cache::clean_bytes() const {
  size_t result = 0;
  for (const auto& x : stripes_) {
    std::shared_lock guard{x.mtx};
    result += x.clean_bytes;
  }
  return result;
}

// -- one stripe ---------------------------------------------------------------

size_t record_cache::stripe::find(const hashed_key& key) const noexcept {
  auto mask = slots.size() - 1;
  auto tag = tag_of(key.hash);
  auto index = key.hash & mask;
  for (; slots[index] != 0; index = (index + 1) & mask)
    if ((slots[index] & ~address_mask) == tag) {
      fetch_lines(at(index));
      if (ets_table::same_key(at(index)->key(), key.text))
        break;
    }
  return index;
}

void record_cache::stripe::put(size_t index, cached_record& x) noexcept {
  slots[index] = tag_of(x.hash()) | reinterpret_cast<uintptr_t>(&x);
  x.linked_ = true;
  ++count;
}

void record_cache::stripe::take_out(size_t index) noexcept {
  auto& x = *at(index);
  x.linked_ = false;
  if (x.list_ == 0)
    clean_bytes -= x.footprint();
  --count;
  // What was put further on because of it moves up.
  auto mask = slots.size() - 1;
  auto hole = index;
  for (auto i = (hole + 1) & mask; slots[i] != 0; i = (i + 1) & mask) {
    auto wanted = at(i)->hash() & mask;
    if (((i - wanted) & mask) >= ((i - hole) & mask)) {
      slots[hole] = slots[i];
      hole = i;
    }
  }
  slots[hole] = 0;
}

void record_cache::stripe::shrink(size_t limit, std::vector<record_ptr>& gone) {
  for (size_t i = 0; i < most_looks && clean_bytes > limit; ++i) {
    hand &= slots.size() - 1;
    auto* x = at(hand);
    if (x != nullptr && x->list_ == 0
        && !x->used_.exchange(false, std::memory_order_relaxed)) {
      take_out(hand); // another one may be there now
      gone.emplace_back(x, false);
    } else {
      ++hand;
    }
  }
}

void record_cache::stripe::reserve() {
  if (8 * (count + 1) <= 7 * slots.size())
    return;
  std::vector<uint64_t> old(slots.empty() ? 8 : 2 * slots.size());
  slots.swap(old);
  auto mask = slots.size() - 1;
  for (auto slot : old)
    if (slot != 0) {
      auto index = reinterpret_cast<cached_record*>(slot & address_mask)->hash()
                   & mask;
      while (slots[index] != 0)
        index = (index + 1) & mask;
      slots[index] = slot;
    }
}

} // namespace actor_cache::dets_store
