#pragma once

#include "actor_cache/detail/caf_compat.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace actor_cache {

/// What deadlines are measured on: the actor system's clock, or the clock that
/// a `cache_spec` names.
using time_point = std::chrono::steady_clock::time_point;

/// A span of time, in nanoseconds, as CAF writes it.
using timespan = caf::timespan;

/// The deadline of an entry that never expires.
inline constexpr time_point never = time_point::max();

/// Returns the sum of two spans of zero or more, at most the longest span.
constexpr timespan add_spans(timespan lhs, timespan rhs) noexcept {
  return lhs > timespan::max() - rhs ? timespan::max() : lhs + rhs;
}

/// Returns `when` plus a span of zero or more, at most `never`.
constexpr time_point later(time_point when, timespan span) noexcept {
  return span >= never - when ? never : when + span;
}

/// Renders a span in the largest unit that needs no fraction, e.g. "-5ms".
std::string render(timespan span);

/// Identifies one state of one entry: it changes with each write to the entry
/// and is never used twice for the same key of a running cache.
using version = uint64_t;

} // namespace actor_cache
