#pragma once

#include "key_place.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <lmdb.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace actor_cache::dets_store {

/// How a file is opened.
struct environment_settings {
  std::string path;
  size_t map_size = 0;
  bool read_only = false;

  /// Whether a transaction is on the disk when it is committed.
  bool synced = true;
};

/// What LMDB throws, in effect, where it finds its own pages damaged; else it
/// would end the process.
struct tree_damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Turns what LMDB returned into an error that names the file and the reason.
caf::error lmdb_error(std::string_view what, const std::string& path, int code);

inline MDB_val to_val(std::string_view bytes) noexcept {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

inline std::string_view to_view(const MDB_val& x) noexcept {
  return {static_cast<const char*>(x.mv_data), x.mv_size};
}

/// What a reader gets once the file was closed.
inline constexpr int closed_code = ECANCELED;

/// An open LMDB file with the transactions that readers use again and again.
///
/// Thread safety: any number of threads may read; one writes, or grows the map.
class environment {
public:
  static caf::expected<std::unique_ptr<environment>>
  open(environment_settings settings);

  environment(const environment&) = delete;

  environment& operator=(const environment&) = delete;

  ~environment();

  const std::string& path() const noexcept {
    return settings_.path;
  }

  MDB_env* get() const noexcept {
    return env_;
  }

  MDB_dbi table() const noexcept {
    return table_;
  }

  size_t map_size() const noexcept {
    return map_size_.load(std::memory_order_relaxed);
  }

  size_t page_size() const noexcept {
    return page_size_;
  }

  /// Doubles the address space until it is `least` at the least; waits for
  /// readers. Not while a transaction writes. Where there is no more, what is
  /// there stays.
  caf::error grow(size_t least);

  /// From now on readers see what was committed last.
  void committed() noexcept;

  /// Waits until all that was committed is on the disk.
  caf::error sync();

  /// Waits for readers and closes the file; those to come get an error.
  void close() noexcept;

private:
  friend class read_access;

  /// A transaction that one reader at a time has. Between two uses it keeps
  /// the state of the tree that it has seen, until something is committed.
  struct alignas(64) slot {
    std::atomic<bool> taken{false};
    MDB_txn* transaction = nullptr;
    uint64_t seen = 0;
  };

  explicit environment(environment_settings settings)
    : settings_(std::move(settings)) {
    // nop
  }

  caf::error open();

  slot& take_slot() noexcept;

  /// Waits until no reader has a transaction, and keeps new ones out.
  void take_all_slots() noexcept;

  void release_all_slots() noexcept;

  void close_taken() noexcept;

  environment_settings settings_;
  MDB_env* env_ = nullptr;
  MDB_dbi table_ = 0;
  size_t page_size_ = 0;
  std::atomic<size_t> map_size_{0};
  std::atomic<uint64_t> commits_{1};
  std::array<slot, 64> slots_;
};

/// A reader's transaction: the tree as it was committed last. Gives it back at
/// the end.
class read_access {
public:
  explicit read_access(environment& env);

  read_access(const read_access&) = delete;

  read_access& operator=(const read_access&) = delete;

  ~read_access();

  /// Returns why there is no transaction, 0 if there is one.
  int code() const noexcept {
    return code_;
  }

  MDB_txn* get() const noexcept {
    return slot_.transaction;
  }

private:
  environment::slot& slot_;
  int code_ = 0;
};

/// A position in the tree, within one transaction.
class tree_cursor {
public:
  tree_cursor(MDB_txn* transaction, MDB_dbi table) {
    code_ = mdb_cursor_open(transaction, table, &cursor_);
  }

  tree_cursor(const tree_cursor&) = delete;

  tree_cursor& operator=(const tree_cursor&) = delete;

  ~tree_cursor() {
    if (cursor_ != nullptr)
      mdb_cursor_close(cursor_);
  }

  /// Moves to the first record at `place` or behind it.
  bool seek(std::string_view place) {
    key_ = to_val(place);
    return code_ == 0 && move(MDB_SET_RANGE);
  }

  /// Moves to the last record before `place`.
  bool seek_before(std::string_view place) {
    key_ = to_val(place);
    if (code_ != 0)
      return false;
    if (move(MDB_SET_RANGE))
      return move(MDB_PREV);
    return code_ == 0 && move(MDB_LAST);
  }

  bool next() {
    return move(MDB_NEXT);
  }

  bool previous() {
    return move(MDB_PREV);
  }

  int remove() {
    return mdb_cursor_del(cursor_, 0);
  }

  /// Writes a record, at less cost the closer it is to the last one.
  int put(std::string_view place, std::string_view bytes) {
    if (code_ != 0)
      return code_;
    auto where = to_val(place);
    auto what = to_val(bytes);
    return mdb_cursor_put(cursor_, &where, &what, 0);
  }

  MDB_txn* transaction() const noexcept {
    return mdb_cursor_txn(cursor_);
  }

  /// The physical key of the record.
  std::string_view place() const noexcept {
    return to_view(key_);
  }

  std::string_view bytes() const noexcept {
    return to_view(value_);
  }

  /// Returns what went wrong; 0 at the end of the tree.
  int code() const noexcept {
    return code_;
  }

private:
  bool move(MDB_cursor_op op) {
    auto code = mdb_cursor_get(cursor_, &key_, &value_, op);
    if (code == MDB_NOTFOUND)
      return false;
    code_ = code;
    // What is not an entry is before them all.
    return code == 0 && place().starts_with(first_place);
  }

  MDB_cursor* cursor_ = nullptr;
  MDB_val key_ = {};
  MDB_val value_ = {};
  int code_ = 0;
};

} // namespace actor_cache::dets_store
