#pragma once

#include "../ets/hash.hpp"
#include "../ets/shared_spinlock.hpp"
#include "record.hpp"
#include "tree.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace actor_cache::dets_store {

/// What was written and is not in the tree yet: keys with all their objects.
/// A key without objects was removed.
///
/// It has two parts: what is being written to the tree is sealed, while new
/// changes go to the other part.
///
/// Thread safety: any number of threads may read while one changes it.
class overlay {
public:
  /// Returns the objects of `key`; nothing where the tree knows better.
  std::optional<objects> find(std::string_view key) const;

  /// Calls `f` with the objects of `key`, which must not be kept; tells whether
  /// there are any.
  template <class F>
  bool look_at(std::string_view key, F f) const {
    if (empty())
      return false;
    const auto& home = stripe_of(key);
    std::shared_lock guard{home.mtx};
    for (const auto* part : {&home.open, &home.sealed})
      if (auto i = part->find(key); i != part->end()) {
        f(i->second);
        return true;
      }
    return false;
  }

  void store(std::string_view key, objects state);

  bool empty() const noexcept {
    return keys_.load(std::memory_order_acquire) == 0;
  }

  /// Returns how many keys are not sealed.
  size_t open_keys() const noexcept {
    return open_keys_.load(std::memory_order_relaxed);
  }

  /// Returns about how many bytes the values have that are not sealed.
  size_t open_bytes() const noexcept {
    return open_bytes_.load(std::memory_order_relaxed);
  }

  /// Returns how many keys there are in both parts.
  size_t keys() const noexcept {
    return keys_.load(std::memory_order_relaxed);
  }

  /// Seals all that is not sealed; the sealed part must be empty.
  void seal();

  /// Returns what is sealed, until it is dropped.
  std::vector<key_change> sealed() const;

  void drop_sealed();

  void clear();

  /// Looks at about `limit` keys, each time at the next ones, and returns those
  /// with objects whose time is over at `now`; leaves out what is sealed. Not
  /// at the same time as another call of this.
  std::vector<std::string> expired(size_t limit, time_point now);

private:
  struct key_hasher {
    using is_transparent = void;

    size_t operator()(std::string_view key) const noexcept {
      return ets_table::hash_key(key, 0x2545f4914f6cdd1du);
    }
  };

  using map_type
    = std::unordered_map<std::string, objects, key_hasher, std::equal_to<>>;

  struct alignas(64) stripe {
    mutable ets_table::shared_spinlock mtx;
    map_type open;
    map_type sealed;
  };

  const stripe& stripe_of(std::string_view key) const noexcept {
    return stripes_[key_hasher{}(key) >> 60];
  }

  std::array<stripe, 16> stripes_;
  std::atomic<size_t> keys_{0};
  std::atomic<size_t> open_keys_{0};
  std::atomic<size_t> open_bytes_{0};

  /// Where `expired` goes on.
  size_t next_stripe_ = 0;
  size_t next_bucket_ = 0;
};

} // namespace actor_cache::dets_store
