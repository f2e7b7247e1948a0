// Opens and closes the file, and takes what is in memory to the tree.

#include "store.hpp"

#include "actor_cache/errc.hpp"

#include "log_changes.hpp"
#include "tree_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace actor_cache::dets_store {

namespace {

/// Writers that are faster than the disk wait where so many times more waits
/// than is worth a transaction.
constexpr size_t too_much = 2;

/// Versions that may have been handed out, and lost in a crash, since the state
/// of the tree was written.
constexpr uint64_t version_gap = uint64_t{1} << 24;

/// How far a table's generations may be from those of its logs: each table
/// begins with one of its own.
constexpr uint64_t generation_gap = uint64_t{1} << 32;

} // namespace

// -- files --------------------------------------------------------------------

caf::error store::start(const time_base& time) {
  auto err = open(time);
  if (!err.empty()) {
    running_ = false;
    if (tree_ != nullptr)
      tree_->close();
    logs_.clear();
    files_.close();
  }
  return err;
}

caf::error store::open(const time_base& time) {
  time_ = time;
  auto opened = files_.open(time, hash_);
  if (!opened)
    return std::move(opened.error());
  tree_ = std::move(*opened);
  auto size = tree_->size();
  if (!size)
    return std::move(size.error());
  size_ = *size;
  sequence_ = tree_->state().sequence + version_gap;
  generation_ = tree_->state().generation;
  if (options_.read_only)
    return {};
  running_ = true;
  if (logged() || files_.has_logs())
    if (auto err = replay_logs(); !err.empty())
      return err;
  if (!options_.ram_file)
    flusher_ = std::thread{[this] { run_flusher(); }};
  return {};
}

caf::error store::stop() {
  stop_flusher();
  if (tree_ == nullptr)
    return {};
  auto err = options_.read_only ? caf::error{} : sync();
  std::scoped_lock guard{flush_mtx_, write_mtx_};
  running_ = false;
  tree_->close();
  recent_.forget();
  // What could not be written stays in the logs.
  if (err.empty())
    for (auto& x : logs_)
      x.remove();
  logs_.clear();
  files_.close();
  return err;
}

caf::error store::replay_logs() {
  for (size_t index = 0; index < 2; ++index) {
    auto log = log_file::open(files_.log_path(index));
    if (!log)
      return std::move(log.error());
    logs_.push_back(std::move(*log));
  }
  std::array<size_t, 2> in_order{0, 1};
  if (logs_[0].generation() > logs_[1].generation())
    std::swap(in_order[0], in_order[1]);
  for (auto index : in_order)
    if (auto err = replay_next(logs_[index], files_.log_path(index));
        !err.empty())
      return err;
  if (generation_ != tree_->state().generation) {
    seal();
    if (auto err = flush_sealed(); !err.empty())
      return err;
    if (auto err = tree_->sync(); !err.empty())
      return err;
  } else {
    logs_[active_log_].begin(++generation_);
  }
  if (logged())
    return {};
  for (auto& x : logs_)
    x.remove();
  logs_.clear();
  return {};
}

caf::error store::replay_next(log_file& log, const std::string& path) {
  auto found = log.generation();
  if (found == 0
      || (found <= generation_ && generation_ - found < generation_gap))
    return {}; // empty, or in the tree
  if (found != generation_ + 1)
    return damaged(path, fmt::format("its changes do not follow those in '{}'",
                                     files_.path()));
  generation_ = found;
  return replay(log);
}

caf::error store::replay(log_file& log) {
  return log.replay([&](std::string_view changes) -> caf::error {
    while (!changes.empty()) {
      auto x = read_change(changes, time_);
      if (!x)
        return damaged(files_.path(), "a change in its log is damaged");
      auto key = recent_.records().hashed(x->key);
      auto state = load(key);
      if (!state)
        return std::move(state.error());
      auto before = state->size();
      auto gone = [&](const entry& y) {
        return std::find(x->removed.begin(), x->removed.end(), y.version)
               != x->removed.end();
      };
      state->erase_if(gone);
      for (auto& y : x->added) {
        sequence_ = std::max(sequence_, y.version);
        state->push_back(std::move(y));
      }
      overlay::step step{recent_};
      accept(step, before, cached_record::make(key, *state));
    }
    return {};
  });
}

// -- to the tree --------------------------------------------------------------

bool store::wants_flush() const noexcept {
  return !options_.ram_file && recent_.waiting_bytes() >= too_much * enough_;
}

void store::seal() {
  recent_.seal();
  sealed_ = tree_state{sequence_, generation_};
  if (!logs_.empty()) {
    active_log_ = 1 - active_log_;
    logs_[active_log_].begin(++generation_);
  }
}

caf::error store::flush() {
  if (recent_.empty())
    return {};
  std::lock_guard flushing{flush_mtx_};
  if (!running_)
    return closed();
  // What an earlier flush could not write comes first, if it matters still.
  if (sealed_ && recent_.sealed_is_void()) {
    recent_.drop_sealed();
    sealed_.reset();
  }
  if (auto err = flush_sealed(); !err.empty())
    return err;
  {
    std::lock_guard writing{write_mtx_};
    if (recent_.empty())
      return {};
    seal();
  }
  return flush_sealed();
}

caf::error store::flush_sealed() {
  if (!sealed_)
    return {};
  auto base = recent_.sealed_clears() ? tree::base::empty
                                      : tree::base::as_it_is;
  auto err = tree_->apply(base, recent_.sealed(), *sealed_);
  failed_ = !err.empty();
  if (err.empty()) {
    recent_.drop_sealed();
    sealed_.reset();
  }
  return err;
}

caf::error store::sync() {
  if (options_.read_only)
    return {};
  if (auto err = flush(); !err.empty())
    return err;
  std::lock_guard flushing{flush_mtx_};
  return running_ ? tree_->sync() : caf::error{};
}

caf::error store::clear() {
  if (auto err = check_writable(); !err.empty())
    return err;
  if (logged())
    return clear_tree();
  std::lock_guard guard{write_mtx_};
  if (!running_)
    return closed();
  recent_.clear();
  size_ = 0;
  return {};
}

caf::error store::clear_tree() {
  std::scoped_lock guard{flush_mtx_, write_mtx_};
  if (!running_)
    return closed();
  // The logs so far are over with this.
  auto err = tree_->clear({sequence_, generation_});
  if (!err.empty())
    return err;
  recent_.forget();
  sealed_.reset();
  failed_ = false;
  size_ = 0;
  ++generation_;
  if (!logs_.empty())
    logs_[active_log_].begin(generation_);
  return {};
}

// -- the thread ---------------------------------------------------------------

void store::ask_for_flush() {
  if (options_.ram_file || recent_.open_bytes() < enough_
      || flush_wanted_.exchange(true))
    return;
  std::lock_guard guard{flusher_mtx_};
  flusher_wakes_.notify_all();
}

void store::run_flusher() {
  std::unique_lock guard{flusher_mtx_};
  auto wanted = [this] { return flusher_ends_ || flush_wanted_.load(); };
  while (!flusher_ends_) {
    flusher_wakes_.wait_for(guard, options_.sync_interval, wanted);
    if (flusher_ends_)
      return;
    guard.unlock();
    // Where this fails the next write tells its caller.
    static_cast<void>(flush());
    flush_wanted_ = false;
    guard.lock();
  }
}

void store::stop_flusher() {
  {
    std::lock_guard guard{flusher_mtx_};
    flusher_ends_ = true;
  }
  flusher_wakes_.notify_all();
  if (flusher_.joinable())
    flusher_.join();
}

} // namespace actor_cache::dets_store
