// Goes through the tree from key to key.

#include "tree.hpp"

#include "actor_cache/errc.hpp"

#include "page_reader.hpp"
#include "tree_check.hpp"
#include "tree_head.hpp"
#include "tree_reading.hpp"

#include <fmt/format.h>

namespace actor_cache::dets_store {

namespace {

/// Behind all entries.
constexpr std::string_view last_place{"\x02", 1};

bool step(tree_cursor& at, direction way) {
  return way == direction::forward ? at.next() : at.previous();
}

/// Moves to the first record that is behind `from`, or before it.
bool begin(tree_cursor& at, const std::optional<key_place>& from,
           direction way) {
  if (way == direction::forward)
    return at.seek(from ? from->end().bytes() : first_place);
  return at.seek_before(from ? from->bytes() : last_place);
}

caf::error no_cursor(std::string_view text) {
  return make_error(errc::invalid_argument,
                    fmt::format("'{}' is no cursor of this cache; accepted is "
                                "the cursor of its last page, or an empty one",
                                text));
}

} // namespace

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

caf::expected<scan_page> tree::scan(std::string_view cursor, size_t limit,
                                    direction way, time_point now) const {
  std::optional<key_place> from;
  if (!cursor.empty()) {
    from = key_place::from_cursor(cursor);
    if (!from)
      return no_cursor(cursor);
  }
  return reading([&](MDB_txn* transaction) -> caf::expected<scan_page> {
    scan_page result;
    std::optional<key_place> last;
    tree_cursor at{transaction, env_->table()};
    for (auto more = begin(at, from, way); more; more = step(at, way)) {
      auto found = locate(at);
      if (!found)
        return std::move(found.error());
      auto same = last && last->bytes() == found->place.bytes();
      if (!same && result.entries.size() >= limit) {
        result.cursor = last->to_cursor();
        break;
      }
      if (!in_its_pages(at.bytes(), env_->page_size()))
        return damaged(path(), "a record is damaged");
      last = found->place;
      auto content = found->content.content(settings_.time);
      if (content.kept(now))
        result.entries.emplace_back(key_of(*found), std::move(content));
    }
    if (at.code() != 0)
      return failed("read", at.code());
    return result;
  });
}

caf::expected<std::optional<std::string>>
tree::neighbour(std::optional<std::string_view> key, direction way,
                time_point now) const {
  using result_type = caf::expected<std::optional<std::string>>;
  return reading([&](MDB_txn* transaction) -> result_type {
    std::optional<key_place> from;
    if (key) {
      auto found = find_place(transaction, *key);
      if (!found)
        return std::move(found.error());
      from = *found ? **found : place_of(*key);
    }
    tree_cursor at{transaction, env_->table()};
    for (auto more = begin(at, from, way); more; more = step(at, way)) {
      auto found = locate(at);
      if (!found)
        return std::move(found.error());
      if (found->content.head(settings_.time).kept(now))
        return std::optional<std::string>{key_of(*found)};
    }
    if (at.code() != 0)
      return failed("read", at.code());
    return std::optional<std::string>{};
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
    for (auto more = begin(at, from, direction::forward); more;
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
