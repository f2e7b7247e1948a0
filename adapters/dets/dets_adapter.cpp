// What the adapter does to one key.

#include "dets_adapter.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace actor_cache::dets_store {

namespace {

/// What LMDB and the logs count with 32 bits, but for the head of a record.
constexpr size_t largest = std::numeric_limits<uint32_t>::max() - 4096;

/// Returns those kept at `now`, with what they share with nobody.
std::vector<entry> kept_of(const objects& xs, time_point now) {
  std::vector<entry> result;
  for (const auto& x : xs)
    if (x.kept(now))
      result.push_back(
        {x.value.detached(), x.deadline, x.stale_for, x.version});
  return result;
}

version version_of(const entry* x) noexcept {
  return x != nullptr ? x->version : 0;
}

auto find_kept(objects& state, version which, time_point now) {
  return std::find_if(state.begin(), state.end(), [&](const entry& x) {
    return x.version == which && x.kept(now);
  });
}

} // namespace

dets_adapter::dets_adapter(const dets_options& options,
                           const adapter_context& context,
                           std::function<wall_time()> wall_clock, hash_fn hash)
  : options_(options),
    compression_(context.compression),
    clock_(context.clock),
    wall_clock_(std::move(wall_clock)),
    store_(options, std::string{context.cache_name}, hash) {
  // nop
}

adapter_traits dets_adapter::traits() const noexcept {
  auto waits = options_.sync == sync_policy::every_write && !options_.ram_file
               && !options_.read_only;
  return {"dets", road::direct, waits};
}

caf::error dets_adapter::start() {
  auto now = clock_ ? clock_->now() : time_point::clock::now();
  return store_.start(time_base{now, wall_clock_()});
}

caf::error dets_adapter::stop() {
  return store_.stop();
}

void dets_adapter::count(cause why, const losses& gone) noexcept {
  if (gone.unreported > 0)
    (this->*why).fetch_add(gone.unreported, std::memory_order_relaxed);
  if (gone.expired > 0)
    expired_.fetch_add(gone.expired, std::memory_order_relaxed);
}

caf::expected<term> dets_adapter::encoded(std::string_view key,
                                          const term& value) const {
  term result;
  if (value.encoded()) {
    result = value.detached();
  } else {
    auto bytes = value.bytes(compression_);
    if (!bytes)
      return std::move(bytes.error());
    result = term::from_bytes(std::move(*bytes));
  }
  if (auto size = key.size() + result.footprint(); size > largest)
    return make_error(errc::limit_reached,
                      fmt::format("cannot write a key with its value to '{}': "
                                  "they take {} bytes; accepted are {}",
                                  store_.path(), size, largest));
  return result;
}

void dets_adapter::add(objects& state, entry next, version replaced,
                       version answered, time_point now, losses& gone) const {
  auto goes = [&](const entry& x) {
    auto result = options_.type == ets_type::set || x.version == replaced
                  || (options_.type == ets_type::bag
                      && x.value.equals(next.value));
    if (result)
      gone.note(x, answered, now);
    return result;
  };
  state.erase_if(goes);
  state.push_back(std::move(next));
}

caf::error dets_adapter::write(std::string_view key, edit_fn apply) {
  edit x{key, apply};
  return store_.write(std::span{&x, 1});
}

caf::expected<std::optional<entry>> dets_adapter::get(std::string_view key,
                                                      time_point now) {
  std::optional<entry> result;
  auto err = store_.see_newest(key, now, [&](const stored_entry& x) {
    result = entry{x.value, x.deadline, x.stale_for, x.version};
  });
  if (!err.empty())
    return err;
  return result;
}

caf::error dets_adapter::read(std::string_view key, time_point now,
                              see_fn see) {
  return store_.see_newest(key, now, see);
}

caf::expected<version> dets_adapter::put(std::string_view key, entry next,
                                         time_point now) {
  auto value = encoded(key, next.value);
  if (!value)
    return std::move(value.error());
  next.value = std::move(*value);
  losses gone;
  version written = 0;
  auto apply = [&](objects& state, version fresh) {
    next.version = written = fresh;
    add(state, std::move(next), 0, 0, now, gone);
    return true;
  };
  if (auto err = write(key, apply); !err.empty())
    return err;
  count(&dets_adapter::replaced_, gone);
  return written;
}

caf::expected<bool> dets_adapter::erase(std::string_view key, time_point now) {
  losses gone;
  version answered = 0;
  auto apply = [&](objects& state, version) {
    answered = version_of(state.newest(now));
    for (const auto& x : state)
      gone.note(x, answered, now);
    auto changed = !state.empty();
    state.clear();
    return changed;
  };
  if (auto err = write(key, apply); !err.empty())
    return err;
  count(&dets_adapter::erased_, gone);
  return answered != 0;
}

caf::expected<version> dets_adapter::update(std::string_view key,
                                            time_point now, decide_fn decide) {
  for (;;) {
    auto seen = get(key, now);
    if (!seen)
      return std::move(seen.error());
    const auto* current = *seen ? &**seen : nullptr;
    auto next = decide(current);
    if (next.what == change::kind::keep)
      return version{0};
    if (next.what == change::kind::store) {
      auto value = encoded(key, next.next.value);
      if (!value)
        return std::move(value.error());
      next.next.value = std::move(*value);
    }
    version written = 0;
    auto done = write_decision(key, version_of(current), next, written, now);
    if (!done)
      return std::move(done.error());
    if (*done)
      return written;
  }
}

caf::expected<bool>
dets_adapter::write_decision(std::string_view key, version seen,
                             const change& next, version& written,
                             time_point now) {
  losses gone;
  auto unchanged = false;
  auto apply = [&](objects& state, version fresh) {
    unchanged = version_of(state.newest(now)) == seen;
    if (!unchanged)
      return false;
    if (next.what == change::kind::store) {
      auto added = next.next;
      added.version = written = fresh;
      add(state, std::move(added), seen, seen, now, gone);
      return true;
    }
    for (const auto& x : state)
      gone.note(x, seen, now);
    auto changed = !state.empty();
    state.clear();
    return changed;
  };
  if (auto err = write(key, apply); !err.empty())
    return err;
  count(next.what == change::kind::store ? &dets_adapter::replaced_
                                         : &dets_adapter::erased_,
        gone);
  return unchanged;
}

// -- the objects of one key ---------------------------------------------------

caf::expected<std::vector<entry>> dets_adapter::lookup(std::string_view key,
                                                       time_point now) {
  auto found = store_.read(key);
  if (!found)
    return std::move(found.error());
  return kept_of(*found, now);
}

caf::expected<std::vector<entry>> dets_adapter::take_all(std::string_view key,
                                                         time_point now) {
  losses gone;
  objects result;
  auto apply = [&](objects& state, version) {
    result.swap(state);
    return !result.empty();
  };
  if (auto err = write(key, apply); !err.empty())
    return err;
  for (const auto& x : result)
    if (!x.kept(now))
      gone.note(x, 0, now);
  count(&dets_adapter::erased_, gone);
  return kept_of(result, now);
}

caf::expected<bool> dets_adapter::erase_object(std::string_view key,
                                               version which, time_point now) {
  auto found = false;
  auto apply = [&](objects& state, version) {
    auto i = find_kept(state, which, now);
    found = i != state.end();
    if (found)
      state.erase(i);
    return found;
  };
  if (auto err = write(key, apply); !err.empty())
    return err;
  return found;
}

caf::expected<bool> dets_adapter::replace_object(std::string_view key,
                                                 version which, term next,
                                                 time_point now) {
  auto value = encoded(key, next);
  if (!value)
    return std::move(value.error());
  losses gone;
  auto found = false;
  auto apply = [&](objects& state, version fresh) {
    auto i = find_kept(state, which, now);
    found = i != state.end();
    if (!found)
      return false;
    auto added = *i;
    added.value = *value;
    added.version = fresh;
    add(state, std::move(added), which, which, now, gone);
    return true;
  };
  if (auto err = write(key, apply); !err.empty())
    return err;
  count(&dets_adapter::replaced_, gone);
  return found;
}

} // namespace actor_cache::dets_store
