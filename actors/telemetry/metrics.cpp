#include "actor_cache/telemetry/metrics.hpp"

#include "actor_cache/errc.hpp"

#include "../cache_registry.hpp"
#include "collector.hpp"
#include "hub.hpp"

#include <fmt/format.h>

namespace actor_cache::telemetry {

caf::error metrics_options::validate() const {
  if (interval <= timespan{0})
    return make_error(errc::invalid_argument,
                      fmt::format("metrics_options::interval is {}; accepted "
                                  "is any duration above 0",
                                  render(interval)));
  if (sample_every == 0)
    return make_error(errc::invalid_argument,
                      "metrics_options::sample_every is 0; accepted is 1 or "
                      "more");
  return {};
}

caf::error start_metrics(caf::actor_system& system,
                         const metrics_options& options) {
  if (auto err = options.validate(); !err.empty())
    return err;
  auto& registry = detail::cache_registry::of(system);
  registry.hub()->measure(options.sample_every);
  registry.metrics().start(options.interval);
  return {};
}

void collect_metrics(caf::actor_system& system) {
  detail::cache_registry::of(system).metrics().collect();
}

} // namespace actor_cache::telemetry
