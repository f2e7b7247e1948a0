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

/// What waits to be written may take as much as what is kept for readers, but
/// no less than this.
constexpr size_t least_waiting = size_t{8} << 20;

} // namespace

store::store(const dets_options& options, std::string cache, hash_fn hash)
  : options_(options),
    cache_(std::move(cache)),
    hash_(hash),
    enough_(std::max(options.cache_size, least_waiting)),
    files_(options, cache_),
    recent_(options.cache_size, hash) {
  // nop
}

store::~store() {
  stop_flusher();
}

// -- reading ------------------------------------------------------------------

caf::error store::see_newest(std::string_view key, time_point now, see_fn see) {
  auto at = recent_.records().hashed(key);
  auto missed = recent_.records().look_at(at, [&](const cached_record& there) {
    if (auto found = there.newest(now))
      see(found->content().stored());
  });
  if (!missed)
    return {};
  auto state = fetch(at, *missed);
  if (!state)
    return std::move(state.error());
  if (const auto* found = state->newest(now))
    see(found->stored());
  return {};
}

caf::expected<objects> store::fetch(const hashed_key& key,
                                    record_cache::state missed) {
  if (recent_.hides_tree())
    return objects{};
  auto result = tree_->read(key.text, tree::parts::all);
  if (result && !result->empty())
    recent_.records().keep(key, missed, *result);
  return result;
}

caf::expected<objects> store::read(std::string_view key) {
  auto at = recent_.records().hashed(key);
  objects result;
  auto missed = recent_.records().look_at(at, [&](const cached_record& there) {
    result = there.state();
  });
  if (missed)
    return fetch(at, *missed);
  return result;
}

size_t store::bytes() const noexcept {
  if (tree_ == nullptr)
    return 0;
  auto result = tree_->bytes();
  return (result ? *result : 0) + recent_.waiting_bytes();
}

std::vector<std::string> store::expired(time_point now) {
  if (options_.read_only)
    return {};
  std::lock_guard guard{sweep_mtx_};
  auto result = recent_.expired(sweep_limit, now);
  if (recent_.hides_tree())
    return result;
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
  result.cached = recent_.records().clean_bytes();
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

caf::expected<objects> store::load(const hashed_key& key) const {
  auto many = tree_->holds_many();
  objects result;
  auto missed = recent_.records().look_at(key, [&](const cached_record& there) {
    result = many ? there.state() : there.heads();
  });
  if (!missed || recent_.hides_tree())
    return result;
  return tree_->read(key.text, many ? tree::parts::all : tree::parts::heads);
}

caf::error store::write_one(const edit& x) {
  auto key = recent_.records().hashed(x.key);
  std::lock_guard guard{write_mtx_};
  if (!running_)
    return closed();
  auto state = load(key);
  if (!state)
    return std::move(state.error());
  auto before = state->size();
  if (x.apply(*state, sequence_ + 1)) {
    ++sequence_;
    auto next = cached_record::make(key, *state);
    overlay::step step{recent_};
    accept(step, before, std::move(next));
  }
  return {};
}

caf::error store::stage(std::span<const edit> edits, staging& out) const {
  for (const auto& x : edits) {
    auto [i, added] = out.try_emplace(x.key);
    if (!added)
      continue;
    i->second.key = recent_.records().hashed(x.key);
    auto state = load(i->second.key);
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
  overlay::step step{recent_};
  for (auto& [key, state] : batch)
    accept(step, state.before.size(),
           cached_record::make(state.key, state.after));
}

void store::accept(overlay::step& step, size_t before, record_ptr next) {
  size_.fetch_add(next->size() - before, std::memory_order_release);
  step.store(std::move(next));
}

} // namespace actor_cache::dets_store
