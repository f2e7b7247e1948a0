// The calls of the engine that concern the objects of one key, of which a bag
// has any number.

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/multi_valued.hpp"

namespace actor_cache::detail {

namespace {

object_list fresh_ones(std::vector<entry> xs, time_point now) {
  object_list result{{}, true};
  for (auto& x : xs)
    if (x.fresh(now))
      result.objects.push_back(
        {std::move(x.value), x.version, x.remaining(now)});
  return result;
}

} // namespace

caf::expected<object_list> engine::lookup(std::string_view key) {
  auto* bag = capability<multi_valued>();
  if (bag == nullptr) {
    auto found = get_entry(key);
    if (!found)
      return std::move(found.error());
    object_list result;
    if (*found)
      result.objects.push_back(std::move(**found));
    return result;
  }
  auto now = begin_read();
  if (!now)
    return std::move(now.error());
  auto found = bag->lookup(key, *now);
  if (!found)
    return std::move(found.error());
  auto result = fresh_ones(std::move(*found), *now);
  count(result.objects.empty() ? counter::misses : counter::hits, key);
  return result;
}

caf::expected<object_list> engine::take_all(std::string_view key) {
  auto* bag = capability<multi_valued>();
  if (bag == nullptr) {
    auto found = take(key);
    if (!found)
      return std::move(found.error());
    object_list result;
    if (*found)
      result.objects.push_back({std::move(**found)});
    return result;
  }
  auto now = begin_write(key);
  if (!now)
    return std::move(now.error());
  auto found = bag->take_all(key, *now);
  if (!found)
    return std::move(found.error());
  count(counter::erased, key, found->size());
  auto result = fresh_ones(std::move(*found), *now);
  count(result.objects.empty() ? counter::misses : counter::hits, key);
  return result;
}

caf::expected<bool> engine::erase_object(std::string_view key, version which) {
  auto now = begin_write(key);
  if (!now)
    return std::move(now.error());
  if (auto* bag = capability<multi_valued>()) {
    auto erased = bag->erase_object(key, which, *now);
    if (erased && *erased)
      count(counter::erased, key);
    return erased;
  }
  auto found = false;
  auto done = modify(key, *now, [&](const entry* current) {
    found = current != nullptr && current->version == which;
    return found ? change::erase() : change::keep();
  });
  if (!done)
    return std::move(done.error());
  return found;
}

caf::expected<bool> engine::replace_object(std::string_view key, version which,
                                           term next) {
  auto now = begin_write(key);
  if (!now)
    return std::move(now.error());
  if (auto* bag = capability<multi_valued>()) {
    auto written = bag->replace_object(key, which, std::move(next), *now);
    if (written && *written) {
      count(counter::puts, key);
      count(counter::replaced, key);
    }
    return written;
  }
  auto done = modify(key, *now, [&](const entry* current) {
    if (current == nullptr || current->version != which)
      return change::keep();
    auto changed = *current;
    changed.value = next;
    return change::store(std::move(changed));
  });
  if (!done)
    return std::move(done.error());
  return *done != 0;
}

} // namespace actor_cache::detail
