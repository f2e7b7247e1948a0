#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace actor_cache::redis_wire {

/// A map that remembers in which order its keys came, so that whoever walks
/// through it can stop anywhere and go on later, while keys come and go: a key
/// that is there all the time is seen exactly once.
template <class T>
class indexed_map {
public:
  indexed_map() = default;

  indexed_map(indexed_map&&) noexcept = default;

  /// Copies; the order stays, cursors do not.
  indexed_map(const indexed_map& other) {
    for (const auto& [position, key] : other.order_)
      *open(*key).first = other.nodes_.find(*key)->second.value;
  }

  indexed_map& operator=(indexed_map&&) noexcept = default;

  indexed_map& operator=(const indexed_map& other) {
    return *this = indexed_map{other};
  }

  size_t size() const noexcept {
    return nodes_.size();
  }

  bool empty() const noexcept {
    return nodes_.empty();
  }

  T* find(std::string_view key) {
    auto i = nodes_.find(key);
    return i != nodes_.end() ? &i->second.value : nullptr;
  }

  /// Returns the value of `key`, a new one where there is none, and whether it
  /// is new.
  std::pair<T*, bool> open(std::string_view key) {
    if (auto* found = find(key))
      return {found, false};
    auto i = nodes_.try_emplace(std::string{key}).first;
    i->second.position = ++last_position_;
    order_.emplace(last_position_, &i->first);
    return {&i->second.value, true};
  }

  bool erase(std::string_view key) {
    auto i = nodes_.find(key);
    if (i == nodes_.end())
      return false;
    order_.erase(i->second.position);
    nodes_.erase(i);
    return true;
  }

  void clear() {
    nodes_.clear();
    order_.clear();
  }

  /// Calls `f(key, value)` for all, the oldest first.
  template <class F>
  void for_each(F f) {
    scan(0, size(), f);
  }

  template <class F>
  void for_each(F f) const {
    for (const auto& [position, key] : order_)
      f(*key, nodes_.find(*key)->second.value);
  }

  /// Calls `f(key, value)` for `count` of them from `cursor` on; 0 is the
  /// beginning.
  /// @returns where to go on, 0 at the end
  template <class F>
  uint64_t scan(uint64_t cursor, size_t count, F f) {
    auto i = order_.lower_bound(cursor);
    for (; i != order_.end() && count > 0; ++i, --count)
      f(*i->second, nodes_.find(*i->second)->second.value);
    return i != order_.end() ? i->first : 0;
  }

private:
  struct node {
    uint64_t position = 0;
    T value{};
  };

  std::map<std::string, node, std::less<>> nodes_;
  std::map<uint64_t, const std::string*> order_;
  uint64_t last_position_ = 0;
};

} // namespace actor_cache::redis_wire
