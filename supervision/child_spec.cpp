#include "actor_cache/child_spec.hpp"

#include "actor_cache/errc.hpp"

#include "validate.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>

namespace actor_cache {

namespace {

template <class T>
caf::error
refuse(std::string_view option, const T& value, std::string_view accepted) {
  return make_error(errc::invalid_argument,
                    fmt::format("{} is {}; accepted is {}", option, value,
                                accepted));
}

} // namespace

// -- options ------------------------------------------------------------------

caf::error backoff_options::validate() const {
  if (initial < timespan{0})
    return refuse("backoff_options::initial", render(initial), "0 or more");
  if (!(factor >= 1.0 && factor <= 1e6))
    return refuse("backoff_options::factor", factor, "1 to 1000000");
  if (max < initial)
    return refuse("backoff_options::max", render(max),
                  fmt::format("{} (initial) or more", render(initial)));
  if (!(jitter >= 0.0 && jitter <= 1.0))
    return refuse("backoff_options::jitter", jitter, "0 to 1");
  if (reset_after < timespan{0})
    return refuse("backoff_options::reset_after", render(reset_after),
                  "0 or more");
  return {};
}

caf::error supervisor_options::validate() const {
  if (max_restarts < 0)
    return refuse("supervisor_options::max_restarts", max_restarts,
                  "0 or more");
  if (max_period <= timespan{0})
    return refuse("supervisor_options::max_period", render(max_period),
                  "any duration above 0");
  if (name.find('/') != std::string::npos)
    return refuse("supervisor_options::name", fmt::format("'{}'", name),
                  "any text without a '/', which separates the parts of a "
                  "path");
  return backoff.validate();
}

// -- children -----------------------------------------------------------------

child_spec::child_spec(cache_spec cache)
  : id(cache.name), what(std::move(cache)) {
  // nop
}

child_spec::child_spec(std::string id, actor_factory start)
  : id(std::move(id)), what(std::move(start)) {
  // nop
}

child_spec::child_spec(std::string id, supervisor_spec supervisor)
  : id(std::move(id)), what(std::move(supervisor)) {
  // nop
}

timespan child_spec::time_to_end() const noexcept {
  if (shutdown_timeout)
    return *shutdown_timeout;
  return std::holds_alternative<supervisor_spec>(what)
           ? no_kill
           : timespan{std::chrono::seconds{5}};
}

caf::error child_spec::validate(const supervisor_options& supervisor) const {
  auto option = [&](std::string_view name) {
    return fmt::format("child '{}': child_spec::{}", id, name);
  };
  if (shutdown_timeout && *shutdown_timeout < timespan{0})
    return refuse(option("shutdown_timeout"), render(*shutdown_timeout),
                  "brutal_kill (0), any duration, or no_kill");
  if (significant && restart == restart_type::permanent)
    return refuse(option("significant"), "true",
                  "false for a permanent child, which is never done; make it "
                  "transient or temporary");
  if (significant && supervisor.auto_shutdown == auto_shutdown::never)
    return refuse(option("significant"), "true",
                  "false where supervisor_options::auto_shutdown is never");
  if (const auto* cache = std::get_if<cache_spec>(&what))
    return cache->validate();
  if (const auto* nested = std::get_if<supervisor_spec>(&what))
    return detail::validate(*nested);
  return {};
}

} // namespace actor_cache

namespace actor_cache::detail {

caf::error validate_id(const child_spec& child,
                       const supervisor_options& options) {
  auto numbered = options.strategy == restart_strategy::dynamic;
  // An empty name of a cache is for the cache's own spec to refuse.
  if (child.id.empty() && !numbered
      && !std::holds_alternative<cache_spec>(child.what))
    return make_error(errc::invalid_argument,
                      "child_spec::id is empty; accepted is any name that no "
                      "other child of the supervisor has");
  return {};
}

caf::error validate(const supervisor_spec& spec) {
  if (auto err = spec.options.validate(); !err.empty())
    return err;
  std::set<std::string_view> ids;
  for (const auto& x : spec.children) {
    if (auto err = validate_id(x, spec.options); !err.empty())
      return err;
    if (auto err = x.validate(spec.options); !err.empty())
      return err;
    if (!x.id.empty() && !ids.insert(x.id).second)
      return make_error(errc::name_taken,
                        fmt::format("two children are named '{}'; names must "
                                    "be unique among the children of a "
                                    "supervisor",
                                    x.id));
  }
  if (spec.children.size() > spec.options.max_children)
    return make_error(errc::limit_reached,
                      fmt::format("{} children are given; accepted are {} "
                                  "(supervisor_options::max_children) at most",
                                  spec.children.size(),
                                  spec.options.max_children));
  return {};
}

} // namespace actor_cache::detail
