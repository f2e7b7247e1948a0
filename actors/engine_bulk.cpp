// The calls of the engine that concern many keys or the whole cache.

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/errc.hpp"

#include "flights.hpp"
#include "out_of_reach.hpp"

namespace actor_cache::detail {

caf::expected<std::vector<std::optional<term>>>
engine::get_many(const std::vector<std::string>& keys) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto found = store_->get_many(keys, time);
  if (!found)
    return std::move(found.error());
  std::vector<std::optional<term>> result;
  result.reserve(found->size());
  uint64_t hits = 0;
  for (auto& x : *found) {
    auto hit = x && x->fresh(time);
    hits += hit ? 1 : 0;
    note(hit ? counter::hits : counter::misses, keys[result.size()]);
    result.push_back(hit ? std::optional<term>{std::move(x->value)}
                         : std::nullopt);
  }
  counters_.add(counter::hits, hits);
  counters_.add(counter::misses, result.size() - hits);
  return result;
}

caf::expected<void>
engine::put_many(const std::vector<std::pair<std::string, term>>& entries,
                 std::optional<ttl> lifetime) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  std::vector<std::pair<std::string, entry>> drafts;
  drafts.reserve(entries.size());
  for (const auto& [key, value] : entries) {
    auto next = draft(value, lifetime, time);
    if (!next)
      return std::move(next.error());
    drafts.emplace_back(key, std::move(*next));
    flights_->supersede(key);
  }
  if (auto err = store_->put_many(drafts, time); !err.empty())
    return err;
  counters_.add(counter::puts, drafts.size());
  for (const auto& [key, value] : entries)
    note(counter::puts, key);
  if (!spec_.provenance.writes)
    return {};
  // Stores do not say which versions they gave.
  for (const auto& [key, value] : entries)
    if (auto written = store_->get(key, time); written && *written)
      remember_write(key, (*written)->version);
  return {};
}

caf::expected<uint64_t>
engine::erase_many(const std::vector<std::string>& keys) {
  if (auto err = check(); !err.empty())
    return err;
  for (const auto& key : keys)
    flights_->supersede(key);
  auto erased = store_->erase_many(keys, now());
  if (!erased)
    return std::move(erased.error());
  counters_.add(counter::erased, *erased);
  for (const auto& key : keys)
    note(counter::erased, key);
  return uint64_t{*erased};
}

caf::expected<uint64_t> engine::size() {
  if (auto err = check(); !err.empty())
    return err;
  auto result = store_->size(now());
  if (!result)
    return std::move(result.error());
  return uint64_t{*result};
}

caf::expected<void> engine::clear() {
  if (auto err = check(); !err.empty())
    return err;
  if (auto err = remove_all(); !err.empty())
    return err;
  return {};
}

caf::error engine::remove_all() {
  flights_->supersede_all();
  auto entries = store_->size(now());
  if (!entries)
    return std::move(entries.error());
  if (auto err = store_->clear(); !err.empty())
    return err;
  counters_.add(counter::cleared, *entries);
  return {};
}

caf::expected<entry_page> engine::scan(const std::string& cursor,
                                       uint64_t limit) {
  if (auto err = check(); !err.empty())
    return err;
  if (limit == 0)
    return make_error(errc::invalid_argument,
                      "scan: limit is 0; accepted is 1 or more");
  auto time = now();
  auto page = store_->scan(cursor, limit, time);
  if (!page)
    return std::move(page.error());
  entry_page result;
  result.cursor = std::move(page->cursor);
  result.entries.reserve(page->entries.size());
  for (auto& [key, content] : page->entries)
    if (content.fresh(time))
      result.entries.emplace_back(
        std::move(key), found_entry{std::move(content.value), content.version,
                                    content.remaining(time)});
  return result;
}

caf::expected<cache_stats> engine::stats() {
  if (auto err = check(); !err.empty())
    return err;
  // What was counted here can be told without the store.
  auto entries = store_->size(now());
  if (!entries && !out_of_reach(entries.error()))
    return std::move(entries.error());
  auto result = counted();
  result.size = entries ? *entries : 0;
  result.bytes = store_->bytes();
  return result;
}

cache_stats engine::counted() const {
  cache_stats result;
  result.hits = counters_.sum(counter::hits);
  result.misses = counters_.sum(counter::misses);
  result.puts = counters_.sum(counter::puts);
  auto unreported = store_->removed();
  result.erased = counters_.sum(counter::erased) + unreported.erased;
  result.replaced = counters_.sum(counter::replaced) + unreported.replaced;
  result.expired = counters_.sum(counter::expired) + unreported.expired;
  result.cleared = counters_.sum(counter::cleared);
  result.loads = counters_.sum(counter::loads);
  result.loads_superseded = counters_.sum(counter::loads_superseded);
  result.load_failures = counters_.sum(counter::load_failures);
  result.load_time
    = timespan{static_cast<int64_t>(counters_.sum(counter::load_nanoseconds))};
  return result;
}

caf::expected<time_point> engine::begin_read() const {
  if (auto err = check(); !err.empty())
    return err;
  return now();
}

caf::expected<time_point> engine::begin_write() {
  if (auto err = check(); !err.empty())
    return err;
  note_deadline(); // whoever writes may set one
  return now();
}

caf::expected<time_point> engine::begin_write(std::string_view key) {
  auto result = begin_write();
  if (result)
    supersede(key);
  return result;
}

void engine::supersede(std::string_view key) {
  flights_->supersede(key);
}

bool engine::sweep() {
  auto time = now();
  counters_.add(counter::expired, store_->sweep(time));
  flights_->sweep(time);
  report_evictions();
  publish_size(time);
  return store_->sweep_pending();
}

} // namespace actor_cache::detail
