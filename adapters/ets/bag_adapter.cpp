#include "bag_adapter.hpp"

#include <algorithm>
#include <shared_mutex>

namespace actor_cache::ets_table {

namespace {

version newest_version(const bag_node* found) noexcept {
  return found != nullptr ? found->newest_version() : 0;
}

version newest_version(const std::vector<entry>& seen) noexcept {
  return seen.empty() ? 0 : seen.back().version;
}

/// Returns the object that was put last of those kept at `now`, or null.
const entry* newest(const std::vector<entry>& seen, time_point now) noexcept {
  auto found = std::find_if(seen.rbegin(), seen.rend(),
                            [now](const entry& x) { return x.kept(now); });
  return found != seen.rend() ? &*found : nullptr;
}

std::vector<version> versions_of(std::span<const entry> objects) {
  std::vector<version> result(objects.size());
  std::transform(objects.begin(), objects.end(), result.begin(),
                 [](const entry& x) { return x.version; });
  return result;
}

} // namespace

bag_adapter::bag_adapter(ets_type type, size_t shards, rehydration file)
  : type_(type), table_(shards), file_(std::move(file)) {
  // nop
}

adapter_traits bag_adapter::traits() const noexcept {
  return {"ets", road::direct};
}

caf::error bag_adapter::start() {
  return file_.load(*this);
}

caf::error bag_adapter::stop() {
  return file_.save(*this);
}

// -- one key ------------------------------------------------------------------

caf::expected<std::optional<entry>> bag_adapter::get(std::string_view key,
                                                     time_point now) {
  auto [hash, home] = table_.locate(key);
  std::shared_lock guard{home.mtx};
  if (const auto* found = std::as_const(home).find(hash, key))
    if (const auto* last = found->newest(now))
      return std::optional<entry>{*last};
  return std::optional<entry>{};
}

caf::expected<version> bag_adapter::put(std::string_view key, entry next,
                                        time_point now) {
  if (type_ == ets_type::bag) {
    for (;;) {
      auto seen = snapshot(key);
      auto removed = equal_to(seen, next.value);
      auto written = exchange(key, seen, removed, next, now);
      if (written == 0)
        continue;
      note(key, seen, removed, &removal_counts::replaced, 0, now);
      return written;
    }
  }
  auto [hash, home] = table_.locate(key);
  shard_guard guard{home};
  auto result = next.version = home.next_version();
  if (auto* found = home.find(hash, key)) {
    found->reserve_one();
    home.modify(*found, now, [&](bag_node& x) { x.add(std::move(next)); });
  } else {
    home.insert(hash, bag_node::make(key, next), now);
  }
  return result;
}

caf::expected<bool> bag_adapter::erase(std::string_view key, time_point now) {
  auto removed = extract(key);
  if (removed == nullptr)
    return false;
  const auto* answered = removed->newest(now);
  note(key, {removed->objects().begin(), removed->objects().end()},
       versions_of(removed->objects()), &removal_counts::erased,
       answered != nullptr ? answered->version : 0, now);
  return answered != nullptr;
}

caf::expected<version> bag_adapter::update(std::string_view key, time_point now,
                                           decide_fn decide) {
  for (;;) {
    auto seen = snapshot(key);
    const auto* current = newest(seen, now);
    auto next = decide(current);
    if (next.what == change::kind::keep)
      return version{0};
    auto answered = current != nullptr ? current->version : 0;
    if (next.what == change::kind::erase) {
      auto all = versions_of(seen);
      if (!seen.empty() && exchange(key, seen, all, std::nullopt, now) == 0)
        continue;
      note(key, seen, all, &removal_counts::erased, answered, now);
      return version{0};
    }
    auto removed = equal_to(seen, next.next.value);
    if (current != nullptr
        && std::find(removed.begin(), removed.end(), current->version)
             == removed.end())
      removed.push_back(current->version);
    auto written = exchange(key, seen, removed, std::move(next.next), now);
    if (written == 0)
      continue;
    note(key, seen, removed, &removal_counts::replaced, answered, now);
    return written;
  }
}

bag_adapter::objects bag_adapter::snapshot(std::string_view key) {
  auto [hash, home] = table_.locate(key);
  std::shared_lock guard{home.mtx};
  const auto* found = std::as_const(home).find(hash, key);
  if (found == nullptr)
    return {};
  return {found->objects().begin(), found->objects().end()};
}

std::vector<version> bag_adapter::equal_to(const objects& seen,
                                           const term& next) const {
  std::vector<version> result;
  if (type_ == ets_type::bag)
    for (const auto& object : seen)
      if (object.value.equals(next))
        result.push_back(object.version);
  return result;
}

bag_node::pointer bag_adapter::extract(std::string_view key) {
  auto [hash, home] = table_.locate(key);
  shard_guard guard{home};
  if (home.find(hash, key) == nullptr)
    return nullptr;
  return home.extract(hash, key);
}

version bag_adapter::exchange(std::string_view key, const objects& seen,
                              std::span<const version> removed,
                              std::optional<entry> next, time_point now) {
  auto [hash, home] = table_.locate(key);
  trash<bag_node> out; // outlives the lock
  out.objects.reserve(removed.size());
  out.nodes.reserve(1);
  shard_guard guard{home};
  auto* found = home.find(hash, key);
  auto there = [&](version x) { return found != nullptr && found->has(x); };
  if (newest_version(found) != newest_version(seen)
      || !std::all_of(removed.begin(), removed.end(), there))
    return 0;
  auto result = home.next_version();
  if (next)
    next->version = result;
  if (found == nullptr) {
    if (next)
      home.insert(hash, bag_node::make(key, *next), now);
    return result;
  }
  if (!next && removed.size() == found->count()) {
    out.nodes.push_back(home.extract(hash, key));
    return result;
  }
  if (next)
    found->reserve_one();
  home.modify(*found, now, [&](bag_node& x) {
    for (auto which : removed)
      x.remove(which, out.objects);
    if (next)
      x.add(std::move(*next));
  });
  return result;
}

void bag_adapter::note(std::string_view key, const objects& seen,
                       std::span<const version> gone,
                       std::atomic<uint64_t> removal_counts::* cause,
                       version answered, time_point now) {
  uint64_t unreported = 0;
  uint64_t over = 0;
  for (const auto& object : seen)
    if (std::find(gone.begin(), gone.end(), object.version) != gone.end()
        && object.version != answered)
      ++(object.fresh(now) ? unreported : over);
  if (unreported + over == 0)
    return;
  auto [hash, home] = table_.locate(key);
  shard_guard guard{home};
  home.note(cause, unreported);
  home.note(&removal_counts::expired, over);
}

// -- the whole table ----------------------------------------------------------

caf::expected<size_t> bag_adapter::size(time_point) {
  return table_.size();
}

caf::error bag_adapter::clear() {
  table_.clear();
  return {};
}

caf::expected<scan_page> bag_adapter::scan(std::string_view cursor,
                                           size_t limit, time_point now) {
  return table_.scan(cursor, limit, now);
}

size_t bag_adapter::sweep(time_point now) {
  table_.sweep(now);
  return 0; // `removed` has counted
}

bool bag_adapter::sweep_pending() const noexcept {
  return table_.sweep_pending();
}

size_t bag_adapter::bytes() const noexcept {
  return table_.bytes();
}

removals bag_adapter::removed() const noexcept {
  return table_.removed();
}

void* bag_adapter::find_capability(std::string_view name) noexcept {
  if (name == ordered::capability_name)
    return static_cast<ordered*>(this);
  if (name == multi_valued::capability_name)
    return static_cast<multi_valued*>(this);
  if (name == ets_backend::capability_name)
    return static_cast<ets_backend*>(this);
  return nullptr;
}

caf::expected<std::optional<std::string>>
bag_adapter::neighbour(std::optional<std::string_view> key, direction way,
                       time_point now) {
  return table_.neighbour(key, way, now);
}

caf::expected<scan_page> bag_adapter::scan_back(std::string_view cursor,
                                                size_t limit, time_point now) {
  return table_.scan_back(cursor, limit, now);
}

ets_details bag_adapter::details() const {
  return {type_, table_.shards(), false, file_.path()};
}

// -- the objects of one key ---------------------------------------------------

caf::expected<std::vector<entry>> bag_adapter::lookup(std::string_view key,
                                                      time_point now) {
  auto result = snapshot(key);
  std::erase_if(result, [now](const entry& x) { return !x.kept(now); });
  return result;
}

caf::expected<std::vector<entry>> bag_adapter::take_all(std::string_view key,
                                                        time_point now) {
  std::vector<entry> result;
  auto removed = extract(key);
  if (removed == nullptr)
    return result;
  std::vector<version> over;
  for (const auto& object : removed->objects())
    if (object.kept(now))
      result.push_back(object);
    else
      over.push_back(object.version);
  note(key, {removed->objects().begin(), removed->objects().end()}, over,
       &removal_counts::erased, 0, now);
  return result;
}

caf::expected<bool> bag_adapter::erase_object(std::string_view key,
                                              version which, time_point now) {
  for (;;) {
    auto seen = snapshot(key);
    auto found = std::find_if(seen.begin(), seen.end(), [&](const entry& x) {
      return x.version == which && x.kept(now);
    });
    if (found == seen.end())
      return false;
    if (exchange(key, seen, std::span{&which, 1}, std::nullopt, now) != 0)
      return true;
  }
}

caf::expected<bool> bag_adapter::replace_object(std::string_view key,
                                                version which, term next,
                                                time_point now) {
  for (;;) {
    auto seen = snapshot(key);
    auto found = std::find_if(seen.begin(), seen.end(), [&](const entry& x) {
      return x.version == which && x.kept(now);
    });
    if (found == seen.end())
      return false;
    auto removed = equal_to(seen, next);
    if (std::find(removed.begin(), removed.end(), which) == removed.end())
      removed.push_back(which);
    auto added = *found;
    added.value = next;
    if (exchange(key, seen, removed, std::move(added), now) == 0)
      continue;
    note(key, seen, removed, &removal_counts::replaced, which, now);
    return true;
  }
}

} // namespace actor_cache::ets_table
