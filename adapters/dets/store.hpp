#pragma once

#include "actor_cache/adapters/dets.hpp"

#include "log_file.hpp"
#include "overlay.hpp"
#include "table_files.hpp"
#include "tree.hpp"
#include "write_queue.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>

namespace actor_cache::dets_store {

/// What a table's file has, and what was written since: reads look at what was
/// written last and then into the tree; writes go into a log, if each is to be
/// synced, and into memory, from where a thread takes them to the tree in large
/// transactions.
///
/// Thread safety: all members may be called at the same time, after `start`.
class store {
public:
  store(const dets_options& options, std::string cache, hash_fn hash);

  ~store();

  /// @param time how the clock of the cache and that of the wall differ
  caf::error start(const time_base& time);

  /// Writes all that is in memory and closes the file. Calls to come get an
  /// error.
  caf::error stop();

  // -- reading ----------------------------------------------------------------

  /// Shows `see` the object that was put last of those kept at `now`, where
  /// there is any.
  caf::error see_newest(std::string_view key, time_point now, see_fn see);

  caf::expected<objects> read(std::string_view key);

  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                direction way, time_point now) const;

  caf::expected<std::optional<std::string>>
  neighbour(std::optional<std::string_view> key, direction way,
            time_point now) const;

  const std::string& path() const noexcept {
    return files_.path();
  }

  uint64_t size() const noexcept {
    return size_.load(std::memory_order_acquire);
  }

  size_t bytes() const noexcept;

  /// Returns keys with objects whose time is over, from a bounded part of the
  /// table.
  std::vector<std::string> expired(time_point now);

  dets_details details() const;

  // -- writing ----------------------------------------------------------------

  /// Makes all `edits` as one step that no other write comes between, and waits
  /// until they are as safe as the options say.
  caf::error write(std::span<const edit> edits);

  caf::error clear();

  /// Waits until all that was written is on the disk.
  caf::error sync();

private:
  /// A key and what becomes of it in a batch.
  struct staged {
    hashed_key key;
    objects before;
    objects after;
    bool changed = false;
  };

  using staging = std::unordered_map<std::string_view, staged>;

  bool logged() const noexcept {
    return options_.sync == sync_policy::every_write && !options_.ram_file
           && !options_.read_only;
  }

  caf::error check_writable();

  /// Returns the objects of a key that is not in memory, and keeps them there.
  caf::expected<objects> fetch(const hashed_key& key,
                               record_cache::state missed);

  /// The objects of `key`; those of a set may lack their values.
  caf::expected<objects> load(const hashed_key& key) const;

  /// Goes through what there is at one moment, but only so far that `visit` can
  /// see `limit` keys with objects kept at `now`.
  caf::error walk(const walk_range& range, size_t limit, time_point now,
                  tree::parts wanted, tree::visitor visit) const;

  caf::error write_one(const edit& x);

  /// Writes the batches of many callers at once.
  void write_all(std::span<write_queue::request* const> requests);

  caf::error stage(std::span<const edit> edits, staging& out) const;

  void accept(overlay::step& step, size_t before, record_ptr next);

  /// Takes all that is in memory to the tree.
  caf::error flush();

  caf::error flush_sealed();

  void seal();

  /// Removes everything, and waits until that is in the tree.
  caf::error clear_tree();

  bool wants_flush() const noexcept;

  /// Has the thread flush once there is enough for a transaction.
  void ask_for_flush();

  caf::error closed() const;

  void run_flusher();

  void stop_flusher();

  caf::error open(const time_base& time);

  caf::error replay_logs();

  /// Replays the log with the changes that follow those so far; does nothing
  /// where they are in the tree.
  /// @returns `errc::corrupt_value` where it is another table's, or where the
  ///          one before is missing
  caf::error replay_next(log_file& log, const std::string& path);

  caf::error replay(log_file& log);

  const dets_options options_;
  const std::string cache_;
  const hash_fn hash_;

  /// How much may wait before it is worth a transaction.
  const size_t enough_;

  table_files files_;
  time_base time_;
  std::unique_ptr<tree> tree_;
  overlay recent_;
  std::atomic<uint64_t> size_{0};

  /// One flush at a time; taken before `write_mtx_`.
  std::mutex flush_mtx_;

  /// What is sealed, to be written by the next flush.
  std::optional<tree_state> sealed_;

  /// One write at a time.
  std::mutex write_mtx_;
  uint64_t sequence_ = 0;
  uint64_t generation_ = 0;
  std::vector<log_file> logs_;
  size_t active_log_ = 0;
  write_queue queue_;

  std::atomic<bool> running_{false};

  /// Whether the last flush failed; writes try again, so that callers hear.
  std::atomic<bool> failed_{false};

  std::mutex flusher_mtx_;
  std::condition_variable flusher_wakes_;
  std::atomic<bool> flush_wanted_{false};
  bool flusher_ends_ = false;
  std::thread flusher_;

  std::mutex sweep_mtx_;
  std::string sweep_cursor_;
};

} // namespace actor_cache::dets_store
