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

caf::error tree::apply(std::span<const key_change> changes,
                       const tree_state& state) {
  // In the order of the tree, so that each page is looked up once.
  std::vector<key_place> places;
  places.reserve(changes.size());
  std::vector<size_t> order;
  order.reserve(changes.size());
  for (const auto& x : changes) {
    order.push_back(order.size());
    places.push_back(place_of(x.first));
  }
  std::sort(order.begin(), order.end(), [&](size_t lhs, size_t rhs) {
    return places[lhs].bytes() < places[rhs].bytes();
  });
  return writing(state, [&](MDB_txn* transaction) -> caf::error {
    for (auto index : order)
      if (auto err = write_key(transaction, changes[index]); !err.empty())
        return err;
    return {};
  });
}

caf::error tree::clear(const tree_state& state) {
  return writing(state, [&](MDB_txn* transaction) -> caf::error {
    if (auto err = check(mdb_drop(transaction, env_->table(), 0)); !err.empty())
      return err;
    return check(write_head(transaction, env_->table(), settings_.type));
  });
}

caf::error tree::write_key(MDB_txn* transaction, const key_change& change) {
  const auto& [key, wanted] = change;
  std::vector<version> there;
  auto code = 0;
  auto drop = [&](tree_cursor& at, const record& x, const key_place&) {
    auto stays = [&](const entry& y) { return y.version == x.version; };
    if (std::any_of(wanted->begin(), wanted->end(), stays))
      there.push_back(x.version);
    else if (holds_many() || wanted->empty())
      code = at.remove();
    return code == 0;
  };
  // A set has one record for each key, which is written over.
  if (holds_many() || wanted->empty())
    if (auto err = for_each_of(transaction, key, drop); !err.empty())
      return err;
  if (code != 0)
    return check(code);
  if (wanted->empty())
    return {};
  auto place = place_for(transaction, key);
  if (!place)
    return std::move(place.error());
  for (const auto& x : *wanted)
    if (std::find(there.begin(), there.end(), x.version) == there.end())
      if (auto err = put(transaction, *place, key, x); !err.empty())
        return err;
  return {};
}

caf::error tree::put(MDB_txn* transaction, const key_place& place,
                     std::string_view key, const entry& content) {
  auto value = content.value.bytes();
  if (!value)
    return std::move(value.error());
  record x{content.version, settings_.time.to_wall(content.deadline),
           content.stale_for.count(), std::nullopt, *value};
  if (place.is_long())
    x.long_key = key;
  auto full = holds_many() ? place.versioned(content.version) : place;
  std::string bytes;
  write_record(bytes, full.bytes(), x);
  auto where = to_val(full.bytes());
  auto what = to_val(bytes);
  return check(mdb_put(transaction, env_->table(), &where, &what, 0));
}

} // namespace actor_cache::dets_store
