// Goes through the table.

#include "store.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

namespace actor_cache::dets_store {

caf::error store::walk(const walk_range& range, size_t limit, time_point now,
                       tree::parts wanted, tree::visitor visit) const {
  // Whatever is in the tree by then is in memory as well, or older.
  auto frozen = recent_.freeze();
  auto pending = [&] {
    auto result = recent_.part(range, limit, now);
    frozen.unlock();
    return result;
  };
  return tree_->walk(range, wanted, pending, visit);
}

caf::expected<scan_page> store::scan(std::string_view cursor, size_t limit,
                                     direction way, time_point now) const {
  walk_range range{{}, way};
  if (!cursor.empty()) {
    range.from = key_place::from_cursor(cursor);
    if (!range.from)
      return make_error(errc::invalid_argument,
                        fmt::format("'{}' is no cursor of this cache; accepted "
                                    "is the cursor of its last page, or an "
                                    "empty one",
                                    cursor));
  }
  scan_page result;
  std::optional<key_place> last;
  auto add = [&](std::string_view key, const entry& x) {
    if (x.kept(now))
      result.entries.emplace_back(key, x);
  };
  auto visit = [&](const key_place& place, std::string_view key,
                   const objects& state) {
    if (!last || last->bytes() != place.bytes()) {
      if (last && result.entries.size() >= limit) {
        result.cursor = last->to_cursor();
        return false;
      }
      last = place;
    }
    if (way == direction::forward)
      for (const auto& x : state)
        add(key, x);
    else
      for (auto i = state.size(); i > 0; --i)
        add(key, state.begin()[i - 1]);
    return true;
  };
  auto err = walk(range, limit, now, tree::parts::all, visit);
  if (!err.empty())
    return err;
  return result;
}

caf::expected<std::optional<std::string>>
store::neighbour(std::optional<std::string_view> key, direction way,
                 time_point now) const {
  walk_range range{{}, way, key};
  if (key)
    range.from.emplace(*key, hash_);
  std::optional<std::string> result;
  auto visit = [&](const key_place&, std::string_view found,
                   const objects& state) {
    if (state.newest(now) == nullptr)
      return true;
    result.emplace(found);
    return false;
  };
  if (auto err = walk(range, 1, now, tree::parts::heads, visit); !err.empty())
    return err;
  return result;
}

} // namespace actor_cache::dets_store
