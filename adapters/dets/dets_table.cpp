// What the adapter does to the table as a whole.

#include "dets_adapter.hpp"

#include <algorithm>
#include <deque>

namespace actor_cache::dets_store {

caf::expected<size_t> dets_adapter::size(time_point) {
  return static_cast<size_t>(store_.size());
}

caf::error dets_adapter::clear() {
  return store_.clear();
}

caf::expected<scan_page> dets_adapter::scan(std::string_view cursor,
                                            size_t limit, time_point now) {
  return store_.scan(cursor, limit, direction::forward, now);
}

caf::expected<scan_page> dets_adapter::scan_back(std::string_view cursor,
                                                 size_t limit, time_point now) {
  return store_.scan(cursor, limit, direction::backward, now);
}

caf::expected<std::optional<std::string>>
dets_adapter::neighbour(std::optional<std::string_view> key, direction way,
                        time_point now) {
  return store_.neighbour(key, way, now);
}

size_t dets_adapter::sweep(time_point now) {
  auto keys = store_.expired(now);
  sweep_pending_ = false;
  if (keys.empty())
    return 0;
  size_t counted = 0;
  auto apply = [&](objects& state, version) {
    auto gone = state.erase_if([now](const entry& x) { return !x.kept(now); });
    // Whoever sees that the entries are gone is to see that they expired.
    expired_.fetch_add(gone, std::memory_order_relaxed);
    counted += gone;
    return gone > 0;
  };
  std::vector<edit> edits;
  edits.reserve(keys.size());
  for (const auto& key : keys)
    edits.push_back({key, apply});
  if (!store_.write(edits).empty())
    expired_.fetch_sub(counted, std::memory_order_relaxed);
  else
    sweep_pending_ = counted > 0;
  return 0; // `removed` has counted
}

bool dets_adapter::sweep_pending() const noexcept {
  // What is over at one place has company, mostly.
  return sweep_pending_;
}

size_t dets_adapter::bytes() const noexcept {
  return store_.bytes();
}

removals dets_adapter::removed() const noexcept {
  return {erased_.load(std::memory_order_relaxed),
          replaced_.load(std::memory_order_relaxed),
          expired_.load(std::memory_order_relaxed)};
}

caf::error
dets_adapter::put_many(std::span<const std::pair<std::string, entry>> entries,
                       time_point now) {
  struct one_put {
    entry next;
    dets_adapter* self;
    losses* gone;
    time_point now;

    bool operator()(objects& state, version fresh) {
      next.version = fresh;
      self->add(state, std::move(next), 0, 0, now, *gone);
      return true;
    }
  };
  losses gone;
  std::deque<one_put> puts;
  std::vector<edit> edits;
  for (const auto& [key, content] : entries) {
    auto value = encoded(key, content.value);
    if (!value)
      return std::move(value.error());
    auto& x = puts.emplace_back(one_put{content, this, &gone, now});
    x.next.value = std::move(*value);
    edits.push_back({key, x});
  }
  if (auto err = store_.write(edits); !err.empty())
    return err;
  count(&dets_adapter::replaced_, gone);
  return {};
}

caf::expected<size_t>
dets_adapter::erase_many(std::span<const std::string> keys, time_point now) {
  losses gone;
  size_t result = 0;
  auto apply = [&](objects& state, version) {
    const auto* newest = state.newest(now);
    auto answered = newest != nullptr ? newest->version : 0;
    result += answered != 0 ? 1 : 0;
    for (const auto& x : state)
      gone.note(x, answered, now);
    auto changed = !state.empty();
    state.clear();
    return changed;
  };
  std::vector<edit> edits;
  edits.reserve(keys.size());
  for (const auto& key : keys)
    edits.push_back({key, apply});
  if (auto err = store_.write(edits); !err.empty())
    return err;
  count(&dets_adapter::erased_, gone);
  return result;
}

void* dets_adapter::find_capability(std::string_view name) noexcept {
  if (name == ordered::capability_name)
    return static_cast<ordered*>(this);
  if (name == multi_valued::capability_name && options_.type != ets_type::set)
    return static_cast<multi_valued*>(this);
  if (name == dets_backend::capability_name)
    return static_cast<dets_backend*>(this);
  return nullptr;
}

dets_details dets_adapter::details() const {
  return store_.details();
}

caf::error dets_adapter::sync() {
  return store_.sync();
}

} // namespace actor_cache::dets_store
