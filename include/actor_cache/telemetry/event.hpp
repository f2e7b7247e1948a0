#pragma once

#include "actor_cache/type_ids.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::telemetry {

/// A number that an event brings: a count, or a span of time in nanoseconds.
struct measurement {
  std::string_view name;
  int64_t value = 0;
};

/// What an event says about its circumstances.
struct label {
  std::string_view name;
  std::string_view value;
};

/// An event as a function sees it: cheap to make, valid during the call.
/// docs/telemetry.md has the table of events.
struct event_view {
  /// For example "actor_cache.cache.get.stop".
  std::string_view name;

  std::span<const measurement> measurements = {};

  std::span<const label> metadata = {};

  /// The key that the call was about; only where the handler asked for keys and
  /// the call has one.
  std::optional<std::string_view> key = std::nullopt;

  /// The same for the events of one call, which they tell apart from others; 0
  /// for events that belong to none. (Erlang: `telemetry_span_context`.)
  uint64_t span = 0;

  /// Returns the measurement of that name, `otherwise` where there is none.
  int64_t measured(std::string_view wanted,
                   int64_t otherwise = 0) const noexcept;

  /// Returns the metadata of that name, empty where there is none.
  std::string_view meta(std::string_view wanted) const noexcept;
};

/// An event as an actor gets it.
struct event {
  std::string name;
  std::vector<std::pair<std::string, int64_t>> measurements;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::optional<std::string> key;
  uint64_t span = 0;

  event() = default;

  explicit event(const event_view& x);

  /// As in `event_view`.
  int64_t measured(std::string_view wanted,
                   int64_t otherwise = 0) const noexcept;

  std::string_view meta(std::string_view wanted) const noexcept;

  template <class Inspector>
  friend bool inspect(Inspector& f, event& x) {
    return f.object(x).fields(f.field("name", x.name),
                              f.field("measurements", x.measurements),
                              f.field("metadata", x.metadata),
                              f.field("key", x.key), f.field("span", x.span));
  }
};

} // namespace actor_cache::telemetry
