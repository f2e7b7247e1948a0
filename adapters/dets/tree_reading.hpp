#pragma once

#include "tree.hpp"
#include "tree_check.hpp"

namespace actor_cache::dets_store {

template <class F>
std::invoke_result_t<F&, MDB_txn*> tree::reading(F f) const {
  try {
    read_access access{*env_};
    if (access.code() != 0)
      return failed("read", access.code());
    return f(access.get());
  } catch (const tree_damaged&) {
    return damaged(path(),
                   "its pages do not lead to each other as they should");
  }
}

template <class F>
caf::error
tree::for_each_of(MDB_txn* transaction, std::string_view key, F f) const {
  auto place = place_of(key);
  auto range = place.bytes();
  tree_cursor at{transaction, env_->table()};
  for (auto more = at.seek(range); more && at.place().starts_with(range);
       more = at.next()) {
    auto found = locate(at);
    if (!found)
      return std::move(found.error());
    if (place.is_long() && found->content.long_key != key)
      continue; // another key with this hash
    if (!f(at, found->content, found->place))
      return {};
  }
  return at.code() == 0 ? caf::error{} : failed("read", at.code());
}

} // namespace actor_cache::dets_store
