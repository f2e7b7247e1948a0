#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/telemetry/event.hpp"
#include "actor_cache/types.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace actor_cache::detail {

/// An event of a cache, "actor_cache.cache.<operation>.<phase>", on its way.
struct cache_event_draft {
  std::string_view operation;
  std::string_view phase;
  std::initializer_list<telemetry::measurement> measurements;

  /// Null for events that are about no key, or about many.
  std::string_view key = {};
  uint64_t span = 0;

  /// One more piece of metadata, unless its name is empty.
  telemetry::label extra = {};
};

void emit(engine& from, const cache_event_draft& what);

/// Returns the name of an error's code; "other" for codes that are not ours.
std::string error_name(const caf::error& what);

/// Returns the nanoseconds since the epoch of the clock.
int64_t nanoseconds(time_point x) noexcept;

/// Returns the nanoseconds since 1970.
int64_t system_nanoseconds() noexcept;

} // namespace actor_cache::detail
