#include "actor_cache/telemetry/event.hpp"

namespace actor_cache::telemetry {

int64_t event_view::measured(std::string_view wanted,
                             int64_t otherwise) const noexcept {
  for (const auto& x : measurements)
    if (x.name == wanted)
      return x.value;
  return otherwise;
}

std::string_view event_view::meta(std::string_view wanted) const noexcept {
  for (const auto& x : metadata)
    if (x.name == wanted)
      return x.value;
  return {};
}

event::event(const event_view& x) : name(x.name), span(x.span) {
  for (const auto& [what, value] : x.measurements)
    measurements.emplace_back(what, value);
  for (const auto& [what, value] : x.metadata)
    metadata.emplace_back(what, value);
  if (x.key)
    key.emplace(*x.key);
}

int64_t event::measured(std::string_view wanted,
                        int64_t otherwise) const noexcept {
  for (const auto& [what, value] : measurements)
    if (what == wanted)
      return value;
  return otherwise;
}

std::string_view event::meta(std::string_view wanted) const noexcept {
  for (const auto& [what, value] : metadata)
    if (what == wanted)
      return value;
  return {};
}

} // namespace actor_cache::telemetry
