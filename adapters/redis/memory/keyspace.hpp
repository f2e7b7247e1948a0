#pragma once

#include "actor_cache/redis_reply.hpp"

#include "../../json/document.hpp"
#include "indexed_map.hpp"

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace actor_cache::redis_wire {

using detail::json_document;

using redis_string = std::string;
using redis_hash = indexed_map<std::string>;
using redis_set = indexed_map<std::monostate>;
using redis_list = std::deque<std::string>;

/// What a key of Redis holds.
using redis_value = std::variant<redis_string, redis_hash, redis_set,
                                 redis_list, json_document>;

/// Returns what Redis' TYPE says.
std::string redis_type_of(const redis_value& x);

/// A key's value with its lifetime.
class redis_slot {
public:
  redis_value value;

  /// Returns the last millisecond in which the key is there; nothing where it
  /// stays. `keyspace::expire_at` sets it.
  const std::optional<int64_t>& expires() const noexcept {
    return expires_;
  }

private:
  friend class keyspace;

  std::optional<int64_t> expires_ = std::nullopt;
};

/// What was found under a key.
template <class T>
struct lookup {
  /// Null where there is nothing, or something of another type.
  T* value = nullptr;

  bool wrong_type = false;
};

/// The keys of a Redis server, in memory. A key whose time is over is gone,
/// whether or not anybody has looked.
class keyspace {
public:
  /// Sets the time, in microseconds, for what comes.
  void set_time(int64_t microseconds) noexcept {
    now_ = microseconds;
  }

  int64_t now_us() const noexcept {
    return now_;
  }

  int64_t now_ms() const noexcept {
    return now_ / 1000;
  }

  redis_slot* find(std::string_view key);

  template <class T>
  lookup<T> find_as(std::string_view key) {
    auto* slot = find(key);
    if (slot == nullptr)
      return {};
    auto* value = std::get_if<T>(&slot->value);
    return {value, value == nullptr};
  }

  /// Returns the value of `key`, which is made where there is none.
  template <class T>
  lookup<T> open_as(std::string_view key) {
    auto result = find_as<T>(key);
    if (result.value != nullptr || result.wrong_type)
      return result;
    auto& slot = open(key);
    slot.value.emplace<T>();
    return {std::get_if<T>(&slot.value), false};
  }

  /// Returns the slot of `key`, a new one where there is none.
  redis_slot& open(std::string_view key);

  /// Says until when `key` is there, which is there now; nothing for ever.
  void expire_at(std::string_view key, std::optional<int64_t> when);

  bool erase(std::string_view key);

  /// Removes `key` if what it holds is empty now: Redis keeps no such values.
  template <class T>
  void erase_if_empty(std::string_view key, const T& value) {
    if (value.empty())
      erase(key);
  }

  void clear() {
    slots_.clear();
    deadlines_.clear();
  }

  size_t size() const noexcept {
    return slots_.size();
  }

  /// Calls `f(key, slot)` for `count` keys from `cursor` on.
  template <class F>
  uint64_t scan(uint64_t cursor, size_t count, F f) {
    return slots_.scan(cursor, count, [&](const std::string& key, auto& slot) {
      if (!expired(slot))
        f(key, slot);
    });
  }

  template <class F>
  void for_each(F f) {
    scan(0, slots_.size(), f);
  }

  /// Calls `f(key)` for all keys, those that a sweep has yet to free included.
  template <class F>
  void for_each_kept_or_not(F f) {
    slots_.for_each([&](const std::string& key, redis_slot&) { f(key); });
  }

  /// Returns all keys whose time is not over.
  std::vector<std::string> keys() const;

  /// Returns the bytes of all keys and of what they hold, without what it costs
  /// to keep them. Looks at all.
  size_t bytes();

  /// Frees keys whose time is over, some of them at a time, and looks at no
  /// others.
  /// @returns how many
  size_t sweep();

  /// Tells whether there are keys whose time is over.
  bool overdue() const noexcept {
    return !deadlines_.empty() && now_ms() > deadlines_.begin()->first;
  }

  /// Returns how many keys a call other than `sweep` has found expired.
  uint64_t expired_keys() const noexcept {
    return expired_;
  }

private:
  bool expired(const redis_slot& slot) const noexcept {
    return slot.expires_ && now_ms() > *slot.expires_;
  }

  /// Removes a key that is there.
  void drop(std::string_view key);

  indexed_map<redis_slot> slots_;

  /// The keys that do not stay, the first to go at the front.
  std::set<std::pair<int64_t, std::string>> deadlines_;
  int64_t now_ = 0;
  uint64_t expired_ = 0;
};

} // namespace actor_cache::redis_wire
