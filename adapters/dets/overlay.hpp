#pragma once

#include "actor_cache/ordered.hpp"

#include "key_place.hpp"
#include "record_cache.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::dets_store {

/// Where to go through a table.
struct walk_range {
  /// A place without a number, to begin behind it or before it; nothing for all
  /// of the table.
  std::optional<key_place> from;

  direction way = direction::forward;

  /// A key whose place `from` is: of the others there those behind it, or
  /// before it, are wanted as well.
  std::optional<std::string_view> beyond = std::nullopt;

  /// Tells whether a key that a walk has come to is wanted.
  bool wants(const key_place& place, std::string_view key) const noexcept {
    return !beyond || place.bytes() != from->bytes()
           || (way == direction::forward ? key > *beyond : key < *beyond);
  }
};

/// A part of what is in memory, in the order of its places.
struct pending_part {
  std::vector<record_ptr> keys;

  /// Whether nothing of what is in the tree is there any more.
  bool hides_tree = false;
};

/// What was written and is not in the tree yet, before all: it lies over the
/// tree. Each key waits once, whatever was written to it, so that the tree gets
/// its last state alone. Beside these there is what was read lately.
///
/// What waits is in two lists: what is being written to the tree is sealed, as
/// it was at one moment, while new changes go to the other list.
///
/// Thread safety: any number of threads may read while one changes it, and
/// another one has the sealed list written.
class overlay {
public:
  /// @param cache_size bytes for what the tree has as well
  overlay(size_t cache_size, hash_fn hash);

  record_cache& records() noexcept {
    return records_;
  }

  const record_cache& records() const noexcept {
    return records_;
  }

  /// Tells whether nothing of what is in the tree is there any more. To be
  /// asked after `look_at`.
  bool hides_tree() const noexcept {
    return hides_tree_.load(std::memory_order_acquire);
  }

  /// Tells whether the tree has everything.
  bool empty() const noexcept {
    return keys_.load(std::memory_order_acquire) == 0 && !hides_tree();
  }

  /// Returns how many keys wait, counted anew where one was written again while
  /// it is sealed.
  size_t keys() const noexcept {
    return keys_.load(std::memory_order_relaxed);
  }

  /// Returns about how many bytes the keys take that wait and are not sealed.
  size_t open_bytes() const noexcept {
    return open_bytes_.load(std::memory_order_relaxed);
  }

  /// The same of all that wait.
  size_t waiting_bytes() const noexcept {
    return open_bytes() + sealed_bytes_.load(std::memory_order_relaxed);
  }

  // -- writing ----------------------------------------------------------------

  /// What one call writes: whoever goes through the table sees all or nothing
  /// of it.
  class step {
  public:
    explicit step(overlay& of) : of_(of), guard_(of.mtx_) {
      // nop
    }

    /// Puts a record in place of that of its key.
    void store(record_ptr next) {
      of_.store(std::move(next));
    }

  private:
    overlay& of_;
    std::lock_guard<std::mutex> guard_;
  };

  /// Removes everything, also what is in the tree once the next sealed list is
  /// written.
  void clear();

  /// Forgets everything, after the tree was emptied.
  void forget();

  // -- to the tree ------------------------------------------------------------

  /// Seals all that is not sealed; nothing must be sealed.
  void seal();

  /// Tells whether what is in the tree goes before what is sealed is written.
  bool sealed_clears() const;

  /// Returns what is sealed in the order of its places.
  std::vector<record_ptr> sealed() const;

  /// Has what is sealed no longer wait, since the tree has it, or since nothing
  /// of it matters any more.
  void drop_sealed();

  /// Tells whether what is sealed is of no use, since all was cleared later.
  bool sealed_is_void() const;

  // -- going through it -------------------------------------------------------

  /// Keeps the overlay as it is for as long as the lock lives.
  std::unique_lock<std::mutex> freeze() const;

  /// Returns the keys in `range` up to one behind `limit` of those that have
  /// objects kept at `now`; while frozen.
  pending_part part(const walk_range& range, size_t limit,
                    time_point now) const;

  /// Looks at `limit` keys that wait, each time at the next ones, and returns
  /// those with objects whose time is over at `now`; leaves out what is sealed.
  std::vector<std::string> expired(size_t limit, time_point now);

private:
  class position;
  struct waiting_list;

  /// The order of the places that a list's records will have in the tree.
  struct in_order {
    using is_transparent = void;

    bool operator()(uint32_t x, uint32_t y) const;

    bool operator()(uint32_t x, const key_place& y) const;

    bool operator()(const key_place& x, uint32_t y) const;

    const waiting_list* list;
  };

  using ordered_keys = std::set<uint32_t, in_order>;

  /// Records that wait for one transaction.
  struct waiting_list {
    waiting_list(uint32_t number, hash_fn hash)
      : number(number), hash(hash), order(in_order{this}) {
      // nop
    }

    const uint32_t number;
    const hash_fn hash;
    std::vector<record_ptr> keys;
    size_t bytes = 0;

    /// Whether the tree is emptied before.
    bool clears = false;

    /// Where the first `order.size()` of the records are, in order: they are
    /// put there for whoever goes through the table.
    ordered_keys order;
  };

  using list_ptr = std::unique_ptr<waiting_list>;

  list_ptr next_list() const;

  void store(record_ptr next);

  /// Puts some more keys in order; tells whether that is all.
  static bool order_some(waiting_list& keys);

  void publish() noexcept;

  const hash_fn hash_;
  record_cache records_;

  mutable std::mutex mtx_;
  list_ptr open_;
  list_ptr sealed_;      // null where nothing is
  size_t next_look_ = 0; // of `expired`

  std::atomic<size_t> keys_{0};
  std::atomic<size_t> open_bytes_{0};
  std::atomic<size_t> sealed_bytes_{0};
  std::atomic<bool> hides_tree_{false};
};

} // namespace actor_cache::dets_store
