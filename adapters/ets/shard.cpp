#include "shard.hpp"

#include "spread_lock.hpp"

#include <new>

namespace actor_cache::ets_table {

// -- one key ------------------------------------------------------------------

template <class Node, class Mutex>
void shard<Node, Mutex>::insert(uint64_t hash, pointer added, time_point now) {
  if (!slots_.insert(hash, added.get()))
    throw std::bad_alloc{};
  auto& inserted = *added.release();
  account(inserted.count(), inserted.bytes());
  schedule(inserted, now);
}

template <class Node, class Mutex>
typename shard<Node, Mutex>::pointer
shard<Node, Mutex>::exchange(uint64_t hash, Node& old, pointer next,
                             time_point now) {
  account(next->count() - old.count(), next->bytes() - old.bytes());
  timing_wheel<Node>::remove(old);
  auto& current = *next.release();
  pointer result{
    slots_.exchange(slots_.lower_bound(hash, old.key()), &current)};
  schedule(current, now);
  return result;
}

template <class Node, class Mutex>
typename shard<Node, Mutex>::pointer
shard<Node, Mutex>::extract(uint64_t hash, std::string_view key) noexcept {
  auto result = slots_.extract(hash, key);
  timing_wheel<Node>::remove(*result);
  account(-result->count(), -result->bytes());
  return result;
}

// -- everything ---------------------------------------------------------------

template <class Node, class Mutex>
slot_index<Node> shard<Node, Mutex>::drain(slot_index<Node> empty) noexcept {
  std::swap(slots_, empty);
  wheel_.reset();
  size_.store(0, std::memory_order_relaxed);
  bytes_.store(0, std::memory_order_relaxed);
  return empty;
}

// -- order --------------------------------------------------------------------

template <class Node, class Mutex>
const Node* shard<Node, Mutex>::after(uint64_t hash, std::string_view key,
                                      time_point now) const noexcept {
  auto from = slots_.lower_bound(hash, key);
  if (slots_.find(hash, key) != nullptr)
    ++from.index;
  return kept_from(from, now);
}

template <class Node, class Mutex>
const Node* shard<Node, Mutex>::before(uint64_t hash, std::string_view key,
                                       time_point now) const noexcept {
  return kept_before(slots_.lower_bound(hash, key), now);
}

template <class Node, class Mutex>
const Node* shard<Node, Mutex>::first(time_point now) const noexcept {
  return kept_from(slots_.begin(), now);
}

template <class Node, class Mutex>
const Node* shard<Node, Mutex>::last(time_point now) const noexcept {
  return kept_before(slots_.end(), now);
}

template <class Node, class Mutex>
const Node*
shard<Node, Mutex>::kept_from(position from, time_point now) const noexcept {
  for (auto at = slots_.next(from); at;
       at = slots_.next({at->part, at->index + 1}))
    if (const auto* x = slots_.node(*at); x->kept(now))
      return x;
  return nullptr;
}

template <class Node, class Mutex>
const Node*
shard<Node, Mutex>::kept_before(position from, time_point now) const noexcept {
  for (auto at = slots_.previous(from); at; at = slots_.previous(*at))
    if (const auto* x = slots_.node(*at); x->kept(now))
      return x;
  return nullptr;
}

template <class Node, class Mutex>
void shard<Node, Mutex>::account(size_t entries, size_t bytes) noexcept {
  size_.store(size() + entries, std::memory_order_release);
  bytes_.store(this->bytes() + bytes, std::memory_order_relaxed);
}

template class shard<node>;
template class shard<bag_node>;
template class shard<node, spread_lock>;

} // namespace actor_cache::ets_table
