#pragma once

#include "actor_cache/term.hpp"
#include "actor_cache/ttl.hpp"
#include "actor_cache/types.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache {

/// How long after its deadline an entry is kept for those who accept a stale
/// value.
using stale_window = std::chrono::duration<uint32_t, std::milli>;

/// An entry where its store has it.
struct stored_entry {
  const term& value;
  time_point deadline;
  stale_window stale_for;
  actor_cache::version version;

  /// Returns the lifetime that is left at `now`.
  ttl remaining(time_point now) const noexcept {
    if (deadline == never)
      return infinite;
    return deadline - now;
  }

  /// Tells whether the entry answers a `get` at `now`.
  bool fresh(time_point now) const noexcept {
    return now < deadline;
  }
};

/// One entry as a store holds it.
struct entry {
  term value;

  /// The entry is a miss from this point in time on.
  time_point deadline = never;

  /// Until `deadline` plus this the store still hands the entry out, so that
  /// `get_or_create` can serve it while a fresh value is on its way.
  stale_window stale_for{0};

  /// Set by the store at each write.
  actor_cache::version version = 0;

  /// Returns the point in time from which on the store has no such entry.
  time_point kept_until() const noexcept {
    return deadline >= never - stale_for ? never : deadline + stale_for;
  }

  /// Returns the lifetime that is left at `now`.
  ttl remaining(time_point now) const noexcept {
    return stored().remaining(now);
  }

  /// Tells whether the entry answers a `get` at `now`.
  bool fresh(time_point now) const noexcept {
    return stored().fresh(now);
  }

  /// Tells whether the store still has the entry at `now`.
  bool kept(time_point now) const noexcept {
    return now < kept_until();
  }

  stored_entry stored() const noexcept {
    return {value, deadline, stale_for, version};
  }
};

/// What `adapter::update` is to do with the entry that it showed.
struct change {
  enum class kind { keep, store, erase };

  kind what = kind::keep;

  /// The new entry where `what` is `store`; its version is ignored.
  entry next;

  static change keep() {
    return {};
  }

  static change erase() {
    return {kind::erase, {}};
  }

  static change store(entry next) {
    return {kind::store, std::move(next)};
  }
};

/// A part of a store, in the order that the store keeps.
struct scan_page {
  std::vector<std::pair<std::string, entry>> entries;

  /// Where the next page begins; empty at the end.
  std::string cursor;
};

} // namespace actor_cache
