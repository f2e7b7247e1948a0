#include "actor_cache/spec.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

namespace actor_cache {

caf::error cache_spec::validate() const {
  if (name.empty())
    return make_error(errc::invalid_argument,
                      "cache_spec::name is empty; accepted is any name that no "
                      "other cache of the actor system has");
  if (auto err = default_ttl.validate("cache_spec::default_ttl"); !err.empty())
    return err;
  const std::pair<std::string_view, timespan> spans[] = {
    {"sweep_interval", sweep_interval},
    {"call_timeout", call_timeout},
  };
  for (const auto& [field, value] : spans)
    if (value <= timespan{0})
      return make_error(errc::invalid_argument,
                        fmt::format("cache_spec::{} of cache '{}' is {}; "
                                    "accepted is any duration above 0",
                                    field, name, render(value)));
  if (auto err = compression.validate(); !err.empty())
    return err;
  return loading.validate();
}

} // namespace actor_cache
