#pragma once

#include "../ets/hash.hpp"
#include "../ets/shared_spinlock.hpp"
#include "cached_record.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::dets_store {

/// Records in memory: those that wait to be written, and of the others those
/// that were used lately, as many as fit. (Elsewhere: second chance, or CLOCK.)
///
/// Thread safety: all members may be called at the same time.
class record_cache {
public:
  /// @param limit bytes for the records that do not wait to be written
  explicit record_cache(size_t limit);

  ~record_cache();

  record_cache(const record_cache&) = delete;

  record_cache& operator=(const record_cache&) = delete;

  hashed_key hashed(std::string_view key) const noexcept {
    return {key, ets_table::hash_key(key, seed_)};
  }

  /// What the cache has written so far where a key is: shown to `keep`.
  using state = uint64_t;

  /// Calls `f` with the record of `key`, a small one where it lies.
  /// @returns what to show to `keep` where there is none
  template <class F>
  std::optional<state> look_at(const hashed_key& key, F f) const {
    constexpr size_t small = 1024;
    auto& home = stripe_of(key.hash);
    std::shared_lock guard{home.mtx};
    auto* found = home.use(key);
    if (found == nullptr)
      return home.changes;
    if (found->footprint() <= small) {
      f(std::as_const(*found));
      return std::nullopt;
    }
    record_ptr large{found};
    guard.unlock();
    f(std::as_const(*large));
    return std::nullopt;
  }

  /// Keeps what the tree says of a key that was not found, unless anything was
  /// written since.
  void keep(const hashed_key& key, state missed, const objects& content);

  /// Puts `next`, which waits to be written, in place of the record of its key.
  /// @returns that one
  record_ptr replace(record_ptr next);

  /// Takes note that the tree has a record of list `number`.
  void written(cached_record& x, uint32_t number);

  /// Forgets all records. Lists may have some of them still.
  void clear();

  /// Returns how many bytes the records take that do not wait.
  size_t clean_bytes() const;

private:
  /// Addresses with parts of hashes, by linear probing: nearly always the only
  /// record that a search looks at is the one that it finds.
  struct alignas(64) stripe {
    /// Returns where the record of `key` is, or where it would be.
    size_t find(const hashed_key& key) const noexcept;

    cached_record* at(size_t index) const noexcept {
      return reinterpret_cast<cached_record*>(slots[index] & address_mask);
    }

    /// Returns the record of `key`, if there is one, and notes that it was
    /// read.
    cached_record* use(const hashed_key& key) const noexcept {
      auto* found = slots.empty() ? nullptr : at(find(key));
      if (found != nullptr && !found->used_.load(std::memory_order_relaxed))
        found->used_.store(true, std::memory_order_relaxed);
      return found;
    }

    /// Puts a record, whose reference it takes over, where `find` has said.
    void put(size_t index, cached_record& x) noexcept;

    void take_out(size_t index) noexcept;

    /// Takes out what was not used lately while there is too much. Looks at a
    /// bounded part.
    void shrink(size_t limit, std::vector<record_ptr>& gone);

    /// Makes room for one more.
    void reserve();

    mutable ets_table::shared_spinlock mtx;
    std::vector<uint64_t> slots;
    size_t count = 0;
    size_t clean_bytes = 0;
    size_t hand = 0;
    uint64_t changes = 0;
  };

  static constexpr size_t stripes = 64;
  static constexpr uint64_t address_mask = (uint64_t{1} << 48) - 1;

  stripe& stripe_of(uint64_t hash) const noexcept {
    return stripes_[hash >> 58];
  }

  const size_t limit_; // of a stripe
  const uint64_t seed_;
  mutable std::array<stripe, stripes> stripes_;
};

} // namespace actor_cache::dets_store
