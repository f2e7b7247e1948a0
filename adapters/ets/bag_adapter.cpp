#include "bag_adapter.hpp"

#include <algorithm>
#include <mutex>
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
                                        time_point) {
  if (type_ == ets_type::bag) {
    for (;;) {
      auto seen = snapshot(key);
      auto written = exchange(key, seen, equal_to(seen, next.value), next);
      if (written != 0)
        return written;
    }
  }
  auto [hash, home] = table_.locate(key);
  std::unique_lock guard{home.mtx};
  auto result = next.version = home.next_version();
  if (auto* found = home.find(hash, key)) {
    found->reserve_one();
    home.modify(*found, [&](bag_node& x) { x.add(std::move(next)); });
  } else {
    home.insert(hash, bag_node::make(key, std::move(next)));
  }
  return result;
}

caf::expected<bool> bag_adapter::erase(std::string_view key, time_point now) {
  auto removed = extract(key);
  return removed != nullptr && removed->kept(now);
}

caf::expected<version> bag_adapter::update(std::string_view key, time_point now,
                                           decide_fn decide) {
  for (;;) {
    auto seen = snapshot(key);
    const auto* current = newest(seen, now);
    auto next = decide(current);
    if (next.what == change::kind::keep)
      return version{0};
    if (next.what == change::kind::erase) {
      std::vector<version> all(seen.size());
      std::transform(seen.begin(), seen.end(), all.begin(),
                     [](const entry& x) { return x.version; });
      if (exchange(key, seen, all, std::nullopt) != 0 || seen.empty())
        return version{0};
      continue;
    }
    auto removed = equal_to(seen, next.next.value);
    if (current != nullptr
        && std::find(removed.begin(), removed.end(), current->version)
             == removed.end())
      removed.push_back(current->version);
    if (auto written = exchange(key, seen, removed, std::move(next.next)))
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
  std::unique_lock guard{home.mtx};
  if (home.find(hash, key) == nullptr)
    return nullptr;
  return home.extract(hash, key);
}

version bag_adapter::exchange(std::string_view key, const objects& seen,
                              std::span<const version> removed,
                              std::optional<entry> next) {
  auto [hash, home] = table_.locate(key);
  trash<bag_node> out; // outlives the lock
  out.objects.reserve(removed.size());
  out.nodes.reserve(1);
  std::unique_lock guard{home.mtx};
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
      home.insert(hash, bag_node::make(key, std::move(*next)));
    return result;
  }
  if (!next && removed.size() == found->count()) {
    out.nodes.push_back(home.extract(hash, key));
    return result;
  }
  if (next)
    found->reserve_one();
  home.modify(*found, [&](bag_node& x) {
    for (auto which : removed)
      x.remove(which, out.objects);
    if (next)
      x.add(std::move(*next));
  });
  return result;
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
  return table_.sweep(now);
}

size_t bag_adapter::bytes() const noexcept {
  return table_.bytes();
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
  if (auto removed = extract(key))
    for (const auto& object : removed->objects())
      if (object.kept(now))
        result.push_back(object);
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
    if (exchange(key, seen, std::span{&which, 1}, std::nullopt) != 0)
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
    if (exchange(key, seen, removed, std::move(added)) != 0)
      return true;
  }
}

} // namespace actor_cache::ets_table
