#include "ets_adapter.hpp"

#include <mutex>
#include <shared_mutex>

namespace actor_cache::ets_table {

ets_adapter::ets_adapter(size_t shards, rehydration file)
  : table_(shards), file_(std::move(file)) {
  // nop
}

adapter_traits ets_adapter::traits() const noexcept {
  return {"ets", road::direct};
}

caf::error ets_adapter::start() {
  return file_.load(*this);
}

caf::error ets_adapter::stop() {
  return file_.save(*this);
}

caf::expected<std::optional<entry>> ets_adapter::get(std::string_view key,
                                                     time_point now) {
  auto [hash, home] = table_.locate(key);
  std::shared_lock guard{home.mtx};
  if (const auto* found = std::as_const(home).find(hash, key);
      found != nullptr && found->kept(now))
    return std::optional<entry>{found->read()};
  return std::optional<entry>{};
}

caf::expected<version> ets_adapter::put(std::string_view key, entry next,
                                        time_point now) {
  auto [hash, home] = table_.locate(key);
  std::unique_lock guard{home.mtx};
  auto result = next.version = home.next_version();
  auto* found = home.find(hash, key);
  if (found == nullptr) {
    home.insert(hash, node::make(key, std::move(next)));
    return result;
  }
  home.note(found->fresh(now) ? &removal_counts::replaced
                              : &removal_counts::expired);
  // `next` takes the old content out of the lock.
  home.modify(*found, [&](node& x) { x.swap(next); });
  return result;
}

caf::expected<bool> ets_adapter::erase(std::string_view key, time_point now) {
  auto [hash, home] = table_.locate(key);
  node::pointer removed; // outlives the lock
  std::unique_lock guard{home.mtx};
  if (home.find(hash, key) == nullptr)
    return false;
  removed = home.extract(hash, key);
  if (!removed->kept(now))
    home.note(&removal_counts::expired);
  return removed->kept(now);
}

caf::expected<version> ets_adapter::update(std::string_view key, time_point now,
                                           decide_fn decide) {
  auto [hash, home] = table_.locate(key);
  // These outlive the lock, and with them all values that go.
  entry old;
  change next;
  node::pointer removed;
  std::unique_lock guard{home.mtx};
  auto* found = home.find(hash, key);
  if (found != nullptr)
    old = found->read();
  auto kept = found != nullptr && old.kept(now);
  next = decide(kept ? &old : nullptr);
  if (next.what != change::kind::keep && found != nullptr && !kept)
    home.note(&removal_counts::expired);
  if (next.what == change::kind::erase && found != nullptr)
    removed = home.extract(hash, key);
  if (next.what != change::kind::store)
    return version{0};
  auto result = next.next.version = home.next_version();
  if (found != nullptr)
    home.modify(*found, [&](node& x) { x.swap(next.next); });
  else
    home.insert(hash, node::make(key, std::move(next.next)));
  return result;
}

caf::expected<size_t> ets_adapter::size(time_point) {
  return table_.size();
}

caf::error ets_adapter::clear() {
  table_.clear();
  return {};
}

caf::expected<scan_page> ets_adapter::scan(std::string_view cursor,
                                           size_t limit, time_point now) {
  return table_.scan(cursor, limit, now);
}

size_t ets_adapter::sweep(time_point now) {
  return table_.sweep(now);
}

size_t ets_adapter::bytes() const noexcept {
  return table_.bytes();
}

removals ets_adapter::removed() const noexcept {
  return table_.removed();
}

void* ets_adapter::find_capability(std::string_view name) noexcept {
  if (name == ordered::capability_name)
    return static_cast<ordered*>(this);
  if (name == ets_backend::capability_name)
    return static_cast<ets_backend*>(this);
  return nullptr;
}

caf::expected<std::optional<std::string>>
ets_adapter::neighbour(std::optional<std::string_view> key, direction way,
                       time_point now) {
  return table_.neighbour(key, way, now);
}

caf::expected<scan_page> ets_adapter::scan_back(std::string_view cursor,
                                                size_t limit, time_point now) {
  return table_.scan_back(cursor, limit, now);
}

ets_details ets_adapter::details() const {
  return {ets_type::set, table_.shards(), false, file_.path()};
}

} // namespace actor_cache::ets_table
