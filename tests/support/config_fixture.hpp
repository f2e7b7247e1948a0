#pragma once

#include "configured_system.hpp"

#include "actor_cache/ets.hpp"

#include <string_view>

namespace actor_cache::test {

/// Returns what the table of a running ets cache says about itself.
inline ets_details table_of_cache(configured_system& host,
                                  std::string_view name) {
  auto users = must(cache<int, ets>::find(host.system(), name));
  return must(users.info()).table.value();
}

/// Returns the one spec that the configuration has.
inline cache_spec only_cache(configured_system& host) {
  auto caches = must(caches_from_config(host.system()));
  REQUIRE(caches.size() == 1);
  return caches.front();
}

} // namespace actor_cache::test
