#pragma once

#include "actor_cache/adapter.hpp"

#include "shard_table.hpp"

#include <shared_mutex>

namespace actor_cache::ets_table {

/// Nodes hold values as callers see them.
struct as_stored {
  /// Returns the version of the entry as callers see it, if that changes
  /// without the shard, else 0.
  static version foreign_version(const node&) noexcept {
    return 0;
  }

  /// Returns the entry as callers see it.
  static entry read(const node& x) {
    return x.read();
  }

  /// Shows the entry as callers see it.
  static void show(const node& x, see_fn see) {
    see(x.stored());
  }

  /// Turns what a node holds into what callers see.
  static void reveal(entry&) {
    // nop
  }

  /// Turns what a caller stores into what a node holds; runs before the lock is
  /// taken where it can.
  static term keep(term value) {
    return value;
  }
};

/// A table with one object under each key, with the calls of an adapter that
/// concern one key. `Form` says how nodes hold values.
template <class Mutex = shared_spinlock, class Form = as_stored>
class entry_table : public shard_table<node, Mutex> {
public:
  using shard_table<node, Mutex>::shard_table;

  std::optional<entry> get(std::string_view key, time_point now) {
    std::optional<entry> result;
    look(key, now, [&](const node& x) { result = Form::read(x); });
    return result;
  }

  void read(std::string_view key, time_point now, see_fn see) {
    look(key, now, [&](const node& x) { Form::show(x, see); });
  }

  version put(std::string_view key, entry next, time_point now) {
    next.value = Form::keep(std::move(next.value));
    auto [hash, home] = this->locate(key);
    node::pointer
      removed; // outlives the lock, like `next` with the old content
    shard_guard guard{home};
    auto* found = home.find(hash, key);
    if (found != nullptr)
      home.raise_version(Form::foreign_version(*found));
    auto result = next.version = home.next_version();
    if (found == nullptr) {
      home.insert(hash, node::make(key, next), now);
      return result;
    }
    auto over = !found->fresh(now);
    home.note(over ? &removal_counts::expired : &removal_counts::replaced);
    removed = home.assign(hash, *found, next, now);
    guard.unlock();
    if (over)
      this->report_expired(key,
                           removed != nullptr ? removed->value() : next.value);
    return result;
  }

  bool erase(std::string_view key, time_point now) {
    auto [hash, home] = this->locate(key);
    node::pointer removed; // outlives the lock
    shard_guard guard{home};
    auto* found = home.find(hash, key);
    if (found == nullptr)
      return false;
    home.raise_version(Form::foreign_version(*found));
    auto kept = found->kept(now);
    if (!kept)
      home.note(&removal_counts::expired);
    removed = home.extract(hash, key);
    if (kept)
      return true;
    guard.unlock();
    this->report_expired(key, removed->value());
    return false;
  }

  version update(std::string_view key, time_point now, decide_fn decide) {
    auto [hash, home] = this->locate(key);
    // These outlive the lock, and with them all values that go.
    entry old;
    change next;
    node::pointer removed;
    shard_guard guard{home};
    auto* found = home.find(hash, key);
    if (found != nullptr)
      old = Form::read(*found);
    auto kept = found != nullptr && old.kept(now);
    next = decide(kept ? &old : nullptr);
    if (next.what == change::kind::keep)
      return 0;
    if (found != nullptr)
      home.raise_version(Form::foreign_version(*found));
    auto over = found != nullptr && !kept;
    if (over)
      home.note(&removal_counts::expired);
    version result = 0;
    if (next.what == change::kind::store) {
      next.next.value = Form::keep(std::move(next.next.value));
      result = next.next.version = home.next_version();
      if (found != nullptr)
        removed = home.assign(hash, *found, next.next, now);
      else
        home.insert(hash, node::make(key, next.next), now);
    } else if (found != nullptr) {
      removed = home.extract(hash, key);
    }
    guard.unlock();
    if (over)
      this->report_expired(key, old.value);
    return result;
  }

  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) const {
    return revealed(shard_table<node, Mutex>::scan(cursor, limit, now));
  }

  caf::expected<scan_page> scan_back(std::string_view cursor, size_t limit,
                                     time_point now) const {
    return revealed(shard_table<node, Mutex>::scan_back(cursor, limit, now));
  }

private:
  /// Calls `f(node)` for the node of `key`, if it is kept, under the lock.
  template <class F>
  void look(std::string_view key, time_point now, F f) {
    auto [hash, home] = this->locate(key);
    std::shared_lock guard{home.mtx};
    if (const auto* found = std::as_const(home).find(hash, key);
        found != nullptr && found->kept(now))
      f(*found);
  }

  static caf::expected<scan_page> revealed(caf::expected<scan_page> found) {
    if (found)
      for (auto& [key, content] : found->entries)
        Form::reveal(content);
    return found;
  }
};

} // namespace actor_cache::ets_table
