// Opens files, and reads and writes the objects of one key.

#include "tree.hpp"

#include "actor_cache/errc.hpp"

#include "page_reader.hpp"
#include "tree_check.hpp"
#include "tree_head.hpp"
#include "tree_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <random>

namespace actor_cache::dets_store {

namespace {

/// The address space of a file that is made or looked at.
constexpr size_t small_map = size_t{1} << 20;

} // namespace

// -- files --------------------------------------------------------------------

caf::error tree::create(const std::string& path, ets_type type) {
  auto env = environment::open({path, small_map});
  if (!env)
    return std::move(env.error());
  MDB_txn* transaction = nullptr;
  auto code = mdb_txn_begin((*env)->get(), nullptr, 0, &transaction);
  if (code == 0) {
    code = write_head(transaction, (*env)->table(), type);
    // Where its generations begin tells the logs of one table from another's.
    tree_state state{0, uint64_t{std::random_device{}()} << 31};
    if (code == 0)
      code = write_state(transaction, (*env)->table(), state);
    if (code == 0)
      code = mdb_txn_commit(transaction);
    else
      mdb_txn_abort(transaction);
  }
  return code == 0 ? caf::error{} : lmdb_error("create", path, code);
}

caf::expected<std::unique_ptr<tree>> tree::open(tree_settings settings) {
  std::unique_ptr<tree> result{new tree{std::move(settings)}};
  auto env = environment::open(result->settings_.file);
  if (!env)
    return std::move(env.error());
  result->env_ = std::move(*env);
  auto head = result->reading([&](MDB_txn* transaction) {
    return read_head(transaction, result->env_->table(), result->path());
  });
  if (!head)
    return std::move(head.error());
  if (head->type != result->settings_.type)
    return make_error(errc::invalid_argument,
                      fmt::format("'{}' holds a table of type {}; "
                                  "dets_options::type is {}",
                                  result->path(), to_string(head->type),
                                  to_string(result->settings_.type)));
  result->state_ = head->state;
  return result;
}

caf::expected<dets_file_info> tree::inspect(const std::string& path) {
  auto env = environment::open({path, small_map, true});
  if (!env)
    return std::move(env.error());
  read_access access{**env};
  if (access.code() != 0)
    return lmdb_error("read", path, access.code());
  auto head = read_head(access.get(), (*env)->table(), path);
  if (!head)
    return std::move(head.error());
  MDB_stat found;
  if (auto code = mdb_stat(access.get(), (*env)->table(), &found); code != 0)
    return lmdb_error("read", path, code);
  return dets_file_info{head->type, head->format,
                        found.ms_entries - head_records};
}

// -- the objects of one key ---------------------------------------------------

caf::expected<std::optional<record>>
tree::find_one(MDB_txn* transaction, const key_place& place) const {
  auto wanted = to_val(place.bytes());
  MDB_val value;
  auto code = mdb_get(transaction, env_->table(), &wanted, &value);
  if (code == MDB_NOTFOUND)
    return std::optional<record>{};
  if (code != 0)
    return failed("read", code);
  if (auto bytes = to_view(value); in_its_pages(bytes, env_->page_size()))
    if (auto found = read_record(place.bytes(), bytes))
      return found;
  return damaged(path(), "a record is damaged");
}

caf::expected<objects> tree::read(std::string_view key, parts wanted) const {
  return reading([&](MDB_txn* transaction) -> caf::expected<objects> {
    objects result;
    auto add = [&](const record& x) {
      result.push_back(wanted == parts::all ? x.content(settings_.time)
                                            : x.head(settings_.time));
    };
    if (auto place = place_of(key); !holds_many() && !place.is_long()) {
      auto found = find_one(transaction, place);
      if (!found)
        return std::move(found.error());
      if (*found)
        add(**found);
      return result;
    }
    auto sound = true;
    auto add_and_go_on = [&](const tree_cursor& at, const record& x,
                             const key_place&) {
      sound = in_its_pages(at.bytes(), env_->page_size());
      if (sound)
        add(x);
      return sound;
    };
    if (auto err = for_each_of(transaction, key, add_and_go_on); !err.empty())
      return err;
    if (!sound)
      return damaged(path(), "a record is damaged");
    return result;
  });
}

caf::expected<key_place> tree::place_for(MDB_txn* transaction,
                                         std::string_view key) const {
  auto place = place_of(key);
  if (!place.is_long())
    return place;
  std::optional<key_place> known;
  auto note = [&](const tree_cursor&, const record&, const key_place& found) {
    known = found;
    return false;
  };
  if (auto err = for_each_of(transaction, key, note); !err.empty())
    return err;
  if (known)
    return *known;
  tree_cursor at{transaction, env_->table()};
  for (uint16_t number = 0;; ++number) {
    auto result = place.numbered(number);
    if (!at.seek(result.bytes()) || !at.place().starts_with(result.bytes()))
      return at.code() == 0 ? caf::expected<key_place>{result}
                            : failed("read", at.code());
    if (number == std::numeric_limits<uint16_t>::max())
      return make_error(errc::limit_reached,
                        fmt::format("'{}' has no place for another key with "
                                    "that hash",
                                    path()));
  }
}

caf::expected<tree::located> tree::locate(const tree_cursor& at) const {
  auto found = read_record(at.place(), at.bytes());
  if (found)
    if (auto place = key_place::of_record(
          at.place(), found->long_key.has_value(), version_size()))
      return located{*place, *found};
  return damaged(path(), "a record is damaged");
}

std::string tree::key_of(const located& x) const {
  return x.content.long_key ? std::string{*x.content.long_key}
                            : x.place.short_key();
}

} // namespace actor_cache::dets_store
