#pragma once

#include "actor_cache/entry.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace actor_cache::dets_store {

/// The objects of one key, the oldest first. One of them, which is what a key
/// of a set has, lies in place.
class objects {
public:
  objects() = default;

  objects(const objects& other) : one_(other.one_) {
    if (other.many_ != nullptr)
      many_ = std::make_unique<std::vector<entry>>(*other.many_);
  }

  objects(objects&& other) noexcept {
    swap(other);
  }

  objects& operator=(objects other) noexcept {
    swap(other);
    return *this;
  }

  ~objects() = default;

  const entry* begin() const noexcept {
    return many_ != nullptr ? many_->data() : one_ ? &*one_ : nullptr;
  }

  entry* begin() noexcept {
    return const_cast<entry*>(std::as_const(*this).begin());
  }

  const entry* end() const noexcept {
    return begin() + size();
  }

  entry* end() noexcept {
    return begin() + size();
  }

  size_t size() const noexcept {
    return many_ != nullptr ? many_->size() : one_ ? 1 : 0;
  }

  bool empty() const noexcept {
    return size() == 0;
  }

  void push_back(entry x) {
    if (many_ == nullptr && !one_) {
      one_ = std::move(x);
      return;
    }
    if (many_ == nullptr) {
      many_ = std::make_unique<std::vector<entry>>();
      many_->push_back(std::move(*one_));
      one_.reset();
    }
    many_->push_back(std::move(x));
  }

  void erase(const entry* at) {
    if (many_ != nullptr)
      many_->erase(many_->begin() + (at - many_->data()));
    else
      one_.reset();
  }

  /// Removes those that `goes` is true for, and returns how many.
  template <class F>
  size_t erase_if(F goes) {
    if (many_ != nullptr)
      return std::erase_if(*many_, goes);
    if (!one_ || !goes(std::as_const(*one_)))
      return 0;
    one_.reset();
    return 1;
  }

  void clear() noexcept {
    one_.reset();
    many_.reset();
  }

  void swap(objects& other) noexcept {
    one_.swap(other.one_);
    many_.swap(other.many_);
  }

  /// Returns the object that was put last of those kept at `now`, or null.
  const entry* newest(time_point now) const noexcept {
    for (auto* at = end(); at != begin();)
      if ((--at)->kept(now))
        return at;
    return nullptr;
  }

private:
  std::optional<entry> one_;

  /// All of them, once there was more than one.
  std::unique_ptr<std::vector<entry>> many_;
};

} // namespace actor_cache::dets_store
