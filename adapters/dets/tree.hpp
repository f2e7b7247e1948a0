#pragma once

#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/ordered.hpp"

#include "environment.hpp"
#include "key_place.hpp"
#include "record.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache::dets_store {

/// What the tree says about what was written to it.
struct tree_state {
  /// The highest version that was given to an object.
  uint64_t sequence = 0;

  /// The last log whose changes are in the tree.
  uint64_t generation = 0;
};

/// What `tree` is opened with.
struct tree_settings {
  environment_settings file;
  ets_type type = ets_type::set;
  time_base time;
  hash_fn hash = hash_of;
};

/// One key with all its objects as they are to be; without objects it goes.
using key_change = std::pair<std::string_view, const objects*>;

/// The objects of a table in an LMDB file: a record for each.
///
/// Thread safety: any number of threads may read while one writes.
class tree {
public:
  /// Makes the file `path`, which there is not yet, with a tree in it.
  static caf::error create(const std::string& path, ets_type type);

  /// Opens a file that was checked.
  /// @returns `errc::corrupt_value`, `errc::invalid_argument` where it holds a
  ///          table of another type, `errc::io_error`
  static caf::expected<std::unique_ptr<tree>> open(tree_settings settings);

  /// Reads what a checked file says about itself.
  static caf::expected<dets_file_info> inspect(const std::string& path);

  /// For whoever writes.
  const tree_state& state() const noexcept {
    return state_;
  }

  const std::string& path() const noexcept {
    return env_->path();
  }

  size_t map_size() const noexcept {
    return env_->map_size();
  }

  bool holds_many() const noexcept {
    return settings_.type != ets_type::set;
  }

  // -- reading ----------------------------------------------------------------

  /// Which parts of the objects are wanted.
  enum class parts : uint8_t { all, heads };

  caf::expected<objects> read(std::string_view key, parts wanted) const;

  /// Returns the object that was put last of those kept at `now`.
  caf::expected<std::optional<entry>> newest(std::string_view key,
                                             time_point now) const;

  caf::expected<uint64_t> size() const;

  /// Returns the bytes that the records take.
  caf::expected<size_t> bytes() const;

  /// Works as `adapter::scan` and `ordered::scan_back`.
  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                direction way, time_point now) const;

  /// Works as `ordered::neighbour`.
  caf::expected<std::optional<std::string>>
  neighbour(std::optional<std::string_view> key, direction way,
            time_point now) const;

  /// Looks at `limit` records from `cursor` on, or from the beginning where
  /// that is empty, and moves it; returns keys with objects whose time is over.
  caf::expected<std::vector<std::string>>
  expired(std::string& cursor, size_t limit, time_point now) const;

  // -- writing ----------------------------------------------------------------

  /// Writes all `changes`, or none.
  caf::error apply(std::span<const key_change> changes,
                   const tree_state& state);

  caf::error clear(const tree_state& state);

  caf::error sync() {
    return env_->sync();
  }

  /// Waits for readers and closes the file; those to come get an error.
  void close() noexcept {
    env_->close();
  }

private:
  explicit tree(tree_settings settings) : settings_(std::move(settings)) {
    // nop
  }

  size_t version_size() const noexcept {
    return holds_many() ? sizeof(uint64_t) : 0;
  }

  key_place place_of(std::string_view key) const {
    return {key, settings_.hash};
  }

  /// Returns what `f(transaction)` returns.
  template <class F>
  std::invoke_result_t<F&, MDB_txn*> reading(F f) const;

  /// Runs `f(transaction)` and commits what it did; again where the file needs
  /// more address space.
  template <class F>
  caf::error writing(const tree_state& state, F f);

  caf::error check(int code);

  /// Calls `f(cursor, record, place)` for the records of `key` until it returns
  /// false.
  template <class F>
  caf::error for_each_of(MDB_txn* transaction, std::string_view key, F f) const;

  /// Returns the record at the place of a short key of a set.
  caf::expected<std::optional<record>> find_one(MDB_txn* transaction,
                                                const key_place& place) const;

  /// Returns the place of the records of `key`, with the number of a long one;
  /// nothing where a long key has none.
  caf::expected<std::optional<key_place>>
  find_place(MDB_txn* transaction, std::string_view key) const;

  /// Returns that place, or a free one.
  caf::expected<key_place> place_for(MDB_txn* transaction,
                                     std::string_view key) const;

  struct located {
    key_place place;
    record content;
  };

  /// Takes apart what the cursor points to.
  caf::expected<located> locate(const tree_cursor& at) const;

  std::string key_of(const located& x) const;

  caf::error write_key(MDB_txn* transaction, const key_change& change);

  caf::error put(MDB_txn* transaction, const key_place& place,
                 std::string_view key, const entry& content);

  caf::error failed(std::string_view what, int code) const {
    return lmdb_error(what, env_->path(), code);
  }

  tree_settings settings_;
  std::unique_ptr<environment> env_;
  tree_state state_;

  /// Whether the last write needed more address space.
  bool full_ = false;

  /// Whether a write found pages damaged.
  bool broken_ = false;
};

} // namespace actor_cache::dets_store
