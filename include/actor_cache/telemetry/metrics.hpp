#pragma once

#include "actor_cache/types.hpp"

#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <cstddef>

namespace actor_cache::telemetry {

struct metrics_options {
  /// How often what the caches have counted goes to CAF's metric registry.
  timespan interval = std::chrono::seconds{1};

  /// Of the calls of a store that never waits, each thread measures the time of
  /// every so many; 1 measures all. Calls of other stores are all measured.
  size_t sample_every = 64;

  /// @returns `errc::invalid_argument`, naming the option
  caf::error validate() const;
};

/// Keeps metrics of all caches of `system` in CAF's metric registry from now
/// on, which CAF's own Prometheus exporter serves; docs/telemetry.md has the
/// table. Once for each actor system; later calls change the options.
/// @returns `errc::invalid_argument`
caf::error start_metrics(caf::actor_system& system,
                         const metrics_options& options = {});

/// Brings the metrics up to date now. Does not block.
void collect_metrics(caf::actor_system& system);

} // namespace actor_cache::telemetry
