#pragma once

#include "actor_cache/types.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace actor_cache {

/// Tells a cache the time. By default caches read the clock of their actor
/// system; a `cache_spec` may bring another one, e.g. one that a test drives.
///
/// Thread safety: `now` may run on any number of threads at the same time.
class clock {
public:
  virtual ~clock();

  /// Returns the current time; never runs backwards.
  virtual time_point now() const noexcept = 0;
};

using clock_ptr = std::shared_ptr<const clock>;

/// Returns the clock of `system`, which must outlive its use.
clock_ptr clock_of(caf::actor_system& system);

} // namespace actor_cache
