// Reads, and writes to memory and to the log.

#include "store.hpp"

#include "actor_cache/errc.hpp"

#include "log_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace actor_cache::dets_store {

namespace {

/// Records that one sweep looks at.
constexpr size_t sweep_limit = 512;

} // namespace

store::store(const dets_options& options, std::string cache, hash_fn hash)
  : options_(options),
    cache_(std::move(cache)),
    hash_(hash),
    files_(options, cache_) {
  // nop
}

store::~store() {
  stop_flusher();
}

// -- reading ------------------------------------------------------------------

caf::expected<std::optional<entry>> store::newest(std::string_view key,
                                                  time_point now) const {
  std::optional<entry> result;
  auto found = recent_.look_at(key, [&](const objects& state) {
    for (const auto& x : state)
      if (x.kept(now))
        result = x;
  });
  if (!found)
    return tree_->newest(key, now);
  if (result)
    result->value = result->value.detached();
  return result;
}

caf::expected<objects> store::read(std::string_view key) const {
  auto found = recent_.find(key);
  if (!found)
    return tree_->read(key, tree::parts::all);
  for (auto& x : *found)
    x.value = x.value.detached();
  return std::move(*found);
}

caf::expected<scan_page> store::scan(std::string_view cursor, size_t limit,
                                     direction way, time_point now) {
  if (auto err = flush(); !err.empty())
    return err;
  return tree_->scan(cursor, limit, way, now);
}

caf::expected<std::optional<std::string>>
store::neighbour(std::optional<std::string_view> key, direction way,
                 time_point now) {
  if (auto err = flush(); !err.empty())
    return err;
  return tree_->neighbour(key, way, now);
}

size_t store::bytes() const noexcept {
  if (tree_ == nullptr)
    return 0;
  auto result = tree_->bytes();
  return (result ? *result : 0) + recent_.open_bytes();
}

std::vector<std::string> store::expired(time_point now) {
  if (options_.read_only)
    return {};
  std::lock_guard guard{sweep_mtx_};
  auto result = recent_.expired(sweep_limit, now);
  auto found = tree_->expired(sweep_cursor_, sweep_limit, now);
  if (found)
    for (auto& key : *found)
      result.push_back(std::move(key));
  return result;
}

dets_details store::details() const {
  dets_details result;
  result.type = options_.type;
  result.file = files_.path();
  std::error_code failure;
  auto size = std::filesystem::file_size(files_.path(), failure);
  result.file_size = failure ? 0 : size;
  result.ram_file = options_.ram_file;
  result.sync = options_.sync;
  result.read_only = options_.read_only;
  result.map_size = tree_ != nullptr ? tree_->map_size() : 0;
  result.unwritten = recent_.keys();
  return result;
}

// -- writing ------------------------------------------------------------------

caf::error store::check_writable() {
  if (options_.read_only)
    return make_error(errc::not_supported,
                      fmt::format("cache '{}': '{}' was opened with read_only",
                                  cache_, files_.path()));
  if (failed_.load(std::memory_order_relaxed) || wants_flush())
    return flush();
  return {};
}

caf::error store::write(std::span<const edit> edits) {
  if (auto err = check_writable(); !err.empty())
    return err;
  write_queue::request mine{edits, {}};
  if (logged()) {
    queue_.run(mine, [this](std::span<write_queue::request* const> requests) {
      write_all(requests);
    });
  } else if (edits.size() == 1) {
    mine.result = write_one(edits.front());
  } else {
    std::array<write_queue::request*, 1> alone{&mine};
    write_all(alone);
  }
  ask_for_flush();
  return std::move(mine.result);
}

caf::error store::closed() const {
  return make_error(errc::cache_not_running,
                    fmt::format("cache '{}': '{}' was closed", cache_,
                                files_.path()));
}

caf::expected<objects> store::load(std::string_view key) const {
  if (auto found = recent_.find(key))
    return std::move(*found);
  return tree_->read(key, tree_->holds_many() ? tree::parts::all
                                              : tree::parts::heads);
}

caf::error store::write_one(const edit& x) {
  std::lock_guard guard{write_mtx_};
  if (!running_)
    return closed();
  auto state = load(x.key);
  if (!state)
    return std::move(state.error());
  auto before = state->size();
  if (x.apply(*state, sequence_ + 1)) {
    ++sequence_;
    accept(x.key, before, std::move(*state));
  }
  return {};
}

caf::error store::stage(std::span<const edit> edits, staging& out) const {
  for (const auto& x : edits) {
    auto [i, added] = out.try_emplace(x.key);
    if (!added)
      continue;
    auto state = load(x.key);
    if (!state) {
      out.erase(i);
      return std::move(state.error());
    }
    i->second.before = *state;
    i->second.after = std::move(*state);
  }
  return {};
}

void store::write_all(std::span<write_queue::request* const> requests) {
  std::lock_guard guard{write_mtx_};
  staging batch;
  for (auto* x : requests) {
    x->result = running_ ? stage(x->edits, batch) : closed();
    if (!x->result.empty())
      continue;
    for (const auto& [key, apply] : x->edits) {
      auto& state = batch.find(key)->second;
      if (apply(state.after, sequence_ + 1)) {
        ++sequence_;
        state.changed = true;
      }
    }
  }
  std::erase_if(batch, [](const auto& x) { return !x.second.changed; });
  if (batch.empty())
    return;
  if (logged()) {
    std::string changes;
    for (const auto& [key, state] : batch)
      write_change(changes, key, state.before, state.after, time_);
    if (auto err = logs_[active_log_].append(changes); !err.empty()) {
      for (auto* x : requests)
        if (x->result.empty())
          x->result = err;
      return;
    }
  }
  for (auto& [key, state] : batch)
    accept(key, state.before.size(), std::move(state.after));
}

void store::accept(std::string_view key, size_t before, objects after) {
  size_.fetch_add(after.size() - before, std::memory_order_release);
  recent_.store(key, std::move(after));
}

} // namespace actor_cache::dets_store
