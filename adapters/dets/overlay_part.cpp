// What waits to be written, in the order of the tree.

#include "overlay.hpp"

#include <iterator>

namespace actor_cache::dets_store {

bool overlay::in_order::operator()(uint32_t x, uint32_t y) const {
  return place_before(list->keys[x]->key(), list->keys[y]->key(), list->hash);
}

bool overlay::in_order::operator()(uint32_t x, const key_place& y) const {
  return key_place{list->keys[x]->key(), list->hash}.bytes() < y.bytes();
}

bool overlay::in_order::operator()(const key_place& x, uint32_t y) const {
  return x.bytes() < key_place{list->keys[y]->key(), list->hash}.bytes();
}

/// A position in the records of one list, or at the end of none.
class overlay::position {
public:
  position(const waiting_list* list, const walk_range& range)
    : list_(list), forward_(range.way == direction::forward) {
    if (list == nullptr)
      return;
    const auto& keys = list->order;
    if (!range.from)
      at_ = forward_ ? keys.begin() : keys.end();
    else if (forward_ != range.beyond.has_value())
      at_ = keys.upper_bound(*range.from);
    else
      at_ = keys.lower_bound(*range.from);
  }

  /// Returns the record here, or null at the end.
  cached_record* get() const {
    if (list_ == nullptr
        || at_ == (forward_ ? list_->order.end() : list_->order.begin()))
      return nullptr;
    return list_->keys[forward_ ? *at_ : *std::prev(at_)].get();
  }

  void next() {
    at_ = forward_ ? std::next(at_) : std::prev(at_);
  }

private:
  const waiting_list* list_;
  bool forward_;
  ordered_keys::const_iterator at_;
};

bool overlay::order_some(waiting_list& list) {
  constexpr size_t at_a_time = 256;
  auto end = std::min(list.order.size() + at_a_time, list.keys.size());
  while (list.order.size() < end)
    list.order.insert(static_cast<uint32_t>(list.order.size()));
  return list.order.size() == list.keys.size();
}

std::unique_lock<std::mutex> overlay::freeze() const {
  for (;;) {
    std::unique_lock guard{mtx_};
    if ((sealed_ == nullptr || order_some(*sealed_)) && order_some(*open_))
      return guard;
  }
}

pending_part overlay::part(const walk_range& range, size_t limit,
                           time_point now) const {
  pending_part result{{}, hides_tree()};
  position newer{open_.get(), range};
  // What was cleared later is not there.
  position older{open_->clears ? nullptr : sealed_.get(), range};
  auto before = [&](const cached_record* x, const cached_record* y) {
    if (range.way == direction::backward)
      std::swap(x, y);
    return place_before(x->key(), y->key(), hash_);
  };
  // What has one place stays together.
  std::optional<key_place> last;
  for (size_t kept = 0; newer.get() != nullptr || older.get() != nullptr;) {
    auto* x = newer.get();
    auto* y = older.get();
    auto same = x != nullptr && y != nullptr && x->key() == y->key();
    auto first = same || y == nullptr || (x != nullptr && before(x, y));
    auto* found = first ? x : y;
    key_place place{found->key(), hash_};
    result.keys.emplace_back(found);
    if (last && last->bytes() != place.bytes())
      break;
    kept += range.wants(place, found->key()) && found->newest(now) ? 1 : 0;
    if (kept >= limit && !last)
      last = place;
    if (first)
      newer.next();
    if (!first || same)
      older.next();
  }
  return result;
}

} // namespace actor_cache::dets_store
