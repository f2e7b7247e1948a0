#include "actor_cache/telemetry/snapshot.hpp"

#include "../cache_registry.hpp"
#include "collector.hpp"

namespace actor_cache::detail {

std::vector<telemetry::cache_figures> figures_of(const cache_registry& of) {
  std::vector<telemetry::cache_figures> result;
  for (const auto& cache : of.caches())
    if (cache->front() == nullptr)
      result.push_back(cache->figures());
  return result;
}

} // namespace actor_cache::detail

namespace actor_cache::telemetry {

std::vector<cache_figures> snapshot(caf::actor_system& system) {
  return detail::figures_of(detail::cache_registry::of(system));
}

} // namespace actor_cache::telemetry
