// What the options of the con_cache adapter do: check themselves and make it.

#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/errc.hpp"

#include "con_cache_adapter.hpp"

#include <fmt/format.h>

namespace actor_cache {

namespace {

caf::error refuse(std::string_view option, std::string_view what) {
  return make_error(errc::invalid_argument,
                    fmt::format("con_cache_options::{} is {}", option, what));
}

} // namespace

caf::error con_cache_options::validate() const {
  if (acquire_lock_timeout <= timespan{0})
    return refuse("acquire_lock_timeout",
                  fmt::format("{}; accepted is any duration above 0",
                              render(acquire_lock_timeout)));
  if (auto err = global_ttl.validate("con_cache_options::global_ttl");
      !err.empty())
    return err;
  if (ttl_check_interval && *ttl_check_interval <= timespan{0})
    return refuse("ttl_check_interval",
                  fmt::format("{}; accepted is any duration above 0",
                              render(*ttl_check_interval)));
  if (ets_options.type != ets_type::set)
    return refuse("ets_options", fmt::format("of the type {}; accepted is set",
                                             to_string(ets_options.type)));
  if (auto err = ets_options.validate(); !err.empty())
    return make_error(errc::invalid_argument,
                      "con_cache_options::" + message_of(err));
  if (event_capacity == 0)
    return refuse("event_capacity", "0; accepted is 1 or more");
  if (when_events_full > when_full::drop)
    return refuse("when_events_full",
                  fmt::format("{}; accepted is wait or drop",
                              to_string(when_events_full)));
  return {};
}

adapter_ptr con_cache_options::make(const adapter_context& context) const {
  return std::make_unique<con_cache_store::con_cache_adapter>(
    *this, ets_options.make(context), context);
}

con_cache_options con_cache_options::stand_in() const {
  auto result = *this;
  result.ets_options = ets_options.stand_in();
  result.ets_options.type = ets_type::set;
  return result;
}

} // namespace actor_cache
