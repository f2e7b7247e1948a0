// What waits to be written: the lists.

#include "overlay.hpp"

#include <algorithm>

namespace actor_cache::dets_store {

namespace {

/// How many records one hold of the lock is for, where nobody needs all of them
/// at once: writers are not to wait for more.
constexpr size_t at_a_time = 256;

/// A key's first bytes, which tell most of its order.
uint64_t begin_of(std::string_view key) noexcept {
  uint64_t result = 0;
  for (size_t i = 0; i < sizeof(result); ++i)
    result = result << 8 | (i < key.size() ? static_cast<uint8_t>(key[i]) : 0);
  return result;
}

} // namespace

overlay::overlay(size_t cache_size, hash_fn hash)
  : hash_(hash), records_(cache_size) {
  open_ = std::make_unique<waiting_list>(1, hash);
}

overlay::list_ptr overlay::next_list() const {
  // A record of list 0 waits for nothing.
  auto number = open_->number + 1;
  return std::make_unique<waiting_list>(number != 0 ? number : 1, hash_);
}

void overlay::publish() noexcept {
  auto waiting = open_->keys.size();
  auto hides = open_->clears;
  size_t sealed_bytes = 0;
  if (sealed_ != nullptr) {
    waiting += sealed_->keys.size();
    hides = hides || sealed_->clears;
    sealed_bytes = sealed_->bytes;
  }
  open_bytes_.store(open_->bytes, std::memory_order_relaxed);
  sealed_bytes_.store(sealed_bytes, std::memory_order_relaxed);
  hides_tree_.store(hides, std::memory_order_release);
  keys_.store(waiting, std::memory_order_release);
}

// -- writing ------------------------------------------------------------------

void overlay::store(record_ptr next) {
  auto& list = *open_;
  next->list_ = list.number;
  list.bytes += next->footprint();
  auto old = records_.replace(next);
  if (old != nullptr && old->list_ == list.number) {
    list.bytes -= old->footprint();
    next->place_in_list_ = old->place_in_list_;
    list.keys[next->place_in_list_] = std::move(next);
  } else {
    next->place_in_list_ = static_cast<uint32_t>(list.keys.size());
    list.keys.push_back(std::move(next));
  }
  publish();
}

void overlay::clear() {
  auto gone = next_list();
  std::lock_guard guard{mtx_};
  open_.swap(gone);
  open_->clears = true;
  next_look_ = 0;
  // Who finds no record from here on must not look into the tree.
  publish();
  records_.clear();
}

void overlay::forget() {
  auto gone = next_list();
  list_ptr gone_too;
  std::lock_guard guard{mtx_};
  open_.swap(gone);
  sealed_.swap(gone_too);
  next_look_ = 0;
  records_.clear();
  publish();
}

std::vector<std::string> overlay::expired(size_t limit, time_point now) {
  std::vector<std::string> result;
  std::lock_guard guard{mtx_};
  const auto& keys = open_->keys;
  auto looks = std::min(limit, keys.size());
  for (size_t i = 0; i < looks; ++i) {
    if (next_look_ >= keys.size())
      next_look_ = 0;
    const auto& x = *keys[next_look_++];
    auto over = false;
    x.for_each([&](const object_view& y) { over = over || !y.kept(now); });
    if (over)
      result.emplace_back(x.key());
  }
  return result;
}

// -- to the tree --------------------------------------------------------------

void overlay::seal() {
  auto next = next_list();
  std::lock_guard guard{mtx_};
  sealed_ = std::exchange(open_, std::move(next));
  next_look_ = 0;
  publish();
}

bool overlay::sealed_clears() const {
  std::lock_guard guard{mtx_};
  return sealed_->clears;
}

bool overlay::sealed_is_void() const {
  std::lock_guard guard{mtx_};
  return open_->clears;
}

std::vector<record_ptr> overlay::sealed() const {
  struct item {
    uint64_t begin;
    const record_ptr* record;
  };
  // Only whoever calls this drops the list, and nobody changes it.
  const auto& keys = sealed_->keys;
  std::vector<item> items;
  items.reserve(keys.size());
  for (const auto& x : keys)
    items.push_back({begin_of(x->key()), &x});
  std::sort(items.begin(), items.end(), [&](const item& x, const item& y) {
    return x.begin != y.begin
             ? x.begin < y.begin
             : place_before((*x.record)->key(), (*y.record)->key(), hash_);
  });
  std::vector<record_ptr> result;
  result.reserve(items.size());
  for (const auto& x : items)
    result.push_back(*x.record);
  return result;
}

void overlay::drop_sealed() {
  {
    // Before the first record goes: whoever misses one finds it in the tree.
    std::lock_guard guard{mtx_};
    sealed_->clears = false;
    publish();
  }
  const auto& keys = sealed_->keys;
  for (size_t done = 0; done < keys.size();) {
    std::lock_guard guard{mtx_};
    auto end = std::min(done + at_a_time, keys.size());
    for (; done < end; ++done)
      records_.written(*keys[done], sealed_->number);
  }
  list_ptr gone; // outside of the lock
  std::lock_guard guard{mtx_};
  sealed_.swap(gone);
  publish();
}

} // namespace actor_cache::dets_store
