#pragma once

#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/detail/function_ref.hpp"

#include "environment.hpp"
#include "key_place.hpp"
#include "overlay.hpp"
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

  caf::expected<uint64_t> size() const;

  /// Returns the bytes that the records take.
  caf::expected<size_t> bytes() const;

  /// Sees one key after the other, with the objects that it has, the oldest
  /// first; tells whether the walk is to go on. Keys of one place, which are
  /// long ones with the same hash, are in the order of their bytes.
  using visitor = detail::function_ref<bool(
    const key_place& place, std::string_view key, const objects& state)>;

  /// Visits the keys in `range` as they are in memory, and where they are not
  /// in memory as they are in the tree.
  /// @param pending called once a state of the tree was taken, which none that
  ///                is committed later changes
  caf::error walk(const walk_range& range, parts wanted,
                  detail::function_ref<pending_part()> pending,
                  visitor visit) const;

  /// Looks at `limit` records from `cursor` on, or from the beginning where
  /// that is empty, and moves it; returns keys with objects whose time is over.
  caf::expected<std::vector<std::string>>
  expired(std::string& cursor, size_t limit, time_point now) const;

  // -- writing ----------------------------------------------------------------

  /// What is there before the changes of a transaction.
  enum class base : uint8_t { as_it_is, empty };

  /// Writes all `changes`, which are in the order of their places, or none.
  caf::error apply(base from, std::span<const record_ptr> changes,
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
  friend class tree_walk;

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

  /// Returns the place of the records of `key`, with the number of a long one:
  /// a free one where there are none.
  caf::expected<key_place> place_for(MDB_txn* transaction,
                                     std::string_view key) const;

  struct located {
    key_place place;
    record content;
  };

  /// Takes apart what the cursor points to.
  caf::expected<located> locate(const tree_cursor& at) const;

  std::string key_of(const located& x) const;

  caf::error empty(MDB_txn* transaction);

  caf::error write_key(tree_cursor& at, const cached_record& change);

  caf::error put(tree_cursor& at, const key_place& place, std::string_view key,
                 const object_view& content);

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
