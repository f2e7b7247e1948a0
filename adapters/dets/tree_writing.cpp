// Writes to the tree, a transaction at a time.

#include "tree.hpp"

#include "actor_cache/errc.hpp"

#include "tree_check.hpp"
#include "tree_head.hpp"
#include "tree_reading.hpp"

#include <algorithm>

namespace actor_cache::dets_store {

template <class F>
caf::error tree::writing(const tree_state& state, F f) {
  if (broken_)
    return damaged(path(),
                   "its pages do not lead to each other as they should");
  try {
    for (;;) {
      MDB_txn* transaction = nullptr;
      if (auto code = mdb_txn_begin(env_->get(), nullptr, 0, &transaction);
          code != 0)
        return failed("write to", code);
      full_ = false;
      auto err = f(transaction);
      if (err.empty())
        err = check(write_state(transaction, env_->table(), state));
      if (err.empty()) {
        err = check(mdb_txn_commit(transaction));
        if (err.empty())
          break;
      } else {
        mdb_txn_abort(transaction);
      }
      if (!full_)
        return err;
      if (err = env_->grow(2 * env_->map_size()); !err.empty())
        return err;
    }
  } catch (const tree_damaged&) {
    // LMDB cannot go on with that transaction, nor end it.
    broken_ = true;
    return damaged(path(),
                   "its pages do not lead to each other as they should");
  }
  state_ = state;
  env_->committed();
  return {};
}

caf::error tree::check(int code) {
  if (code == 0)
    return {};
  full_ = full_ || code == MDB_MAP_FULL;
  return failed("write to", code);
}

caf::error tree::apply(base from, std::span<const record_ptr> changes,
                       const tree_state& state) {
  return writing(state, [&](MDB_txn* transaction) -> caf::error {
    if (from == base::empty)
      if (auto err = empty(transaction); !err.empty())
        return err;
    tree_cursor at{transaction, env_->table()};
    for (const auto& x : changes)
      if (auto err = write_key(at, *x); !err.empty())
        return err;
    return {};
  });
}

caf::error tree::clear(const tree_state& state) {
  return writing(state, [&](MDB_txn* transaction) { //
    return empty(transaction);
  });
}

caf::error tree::empty(MDB_txn* transaction) {
  if (auto err = check(mdb_drop(transaction, env_->table(), 0)); !err.empty())
    return err;
  return check(write_head(transaction, env_->table(), settings_.type));
}

caf::error tree::write_key(tree_cursor& at, const cached_record& change) {
  std::vector<object_view> missing;
  change.for_each([&](const object_view& x) { missing.push_back(x); });
  auto code = 0;
  auto drop = [&](tree_cursor& found, const record& x, const key_place&) {
    auto there = std::erase_if(missing, [&](const object_view& y) {
      return y.version == x.version;
    });
    if (there == 0)
      code = found.remove();
    return code == 0;
  };
  // A set has one record for each key, which is written over.
  if (holds_many() || missing.empty())
    if (auto err = for_each_of(at.transaction(), change.key(), drop);
        !err.empty())
      return err;
  if (code != 0)
    return check(code);
  if (missing.empty())
    return {};
  auto place = place_for(at.transaction(), change.key());
  if (!place)
    return std::move(place.error());
  for (const auto& x : missing)
    if (auto err = put(at, *place, change.key(), x); !err.empty())
      return err;
  return {};
}

caf::error tree::put(tree_cursor& at, const key_place& place,
                     std::string_view key, const object_view& content) {
  record x{content.version, settings_.time.to_wall(content.deadline),
           content.stale_for.count(), std::nullopt, content.bytes};
  if (place.is_long())
    x.long_key = key;
  std::string bytes;
  if (!holds_many()) {
    write_record(bytes, place.bytes(), x);
    return check(at.put(place.bytes(), bytes));
  }
  auto full = place.versioned(content.version);
  write_record(bytes, full.bytes(), x);
  return check(at.put(full.bytes(), bytes));
}

} // namespace actor_cache::dets_store
