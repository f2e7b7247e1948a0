// What the tree has as a whole.

#include "tree.hpp"

#include "tree_head.hpp"
#include "tree_reading.hpp"

namespace actor_cache::dets_store {

caf::expected<uint64_t> tree::size() const {
  return reading([&](MDB_txn* transaction) -> caf::expected<uint64_t> {
    MDB_stat found;
    if (auto code = mdb_stat(transaction, env_->table(), &found); code != 0)
      return failed("read", code);
    return uint64_t{found.ms_entries} - head_records;
  });
}

caf::expected<size_t> tree::bytes() const {
  return reading([&](MDB_txn* transaction) -> caf::expected<size_t> {
    MDB_stat x;
    if (auto code = mdb_stat(transaction, env_->table(), &x); code != 0)
      return failed("read", code);
    return (x.ms_branch_pages + x.ms_leaf_pages + x.ms_overflow_pages)
           * size_t{x.ms_psize};
  });
}

caf::expected<std::vector<std::string>>
tree::expired(std::string& cursor, size_t limit, time_point now) const {
  using result_type = caf::expected<std::vector<std::string>>;
  return reading([&](MDB_txn* transaction) -> result_type {
    std::vector<std::string> result;
    auto from = key_place::from_cursor(cursor);
    cursor.clear();
    tree_cursor at{transaction, env_->table()};
    size_t seen = 0;
    for (auto more = at.seek(from ? from->end().bytes() : first_place); more;
         more = at.next()) {
      auto found = locate(at);
      if (!found)
        return std::move(found.error());
      if (!found->content.head(settings_.time).kept(now))
        if (auto key = key_of(*found); result.empty() || result.back() != key)
          result.push_back(std::move(key));
      if (++seen >= limit) {
        cursor = found->place.to_cursor();
        break;
      }
    }
    if (at.code() != 0)
      return failed("read", at.code());
    return result;
  });
}

} // namespace actor_cache::dets_store
