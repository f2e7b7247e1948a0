// Which sandboxed caches there are below a supervisor.

#include "actor_cache/errc.hpp"
#include "actor_cache/sandbox.hpp"
#include "actor_cache/supervisor.hpp"

#include "../actors/cache_registry.hpp"
#include "../actors/tenant_directory.hpp"

#include <caf/actor_cast.hpp>

#include <set>

namespace actor_cache {

namespace {

bool is_sandboxed(caf::actor_system& system, const std::string& cache) {
  auto found = detail::find_engine(system, cache);
  return found && (*found)->front() != nullptr;
}

/// Adds the names of the sandboxed caches below `supervisor`.
caf::error collect(caf::actor_system& system,
                   const supervisor_actor& supervisor,
                   std::set<std::string>& names) {
  auto children = which_children(system, supervisor);
  if (!children)
    return std::move(children.error());
  for (const auto& x : *children) {
    if (x.kind == child_kind::cache && is_sandboxed(system, x.id))
      names.insert(x.id);
    if (x.kind != child_kind::supervisor || x.actor == nullptr)
      continue;
    auto err = collect(system, caf::actor_cast<supervisor_actor>(x.actor),
                       names);
    // One that has just ended runs no caches.
    if (!err.empty() && err != errc::supervisor_not_running)
      return err;
  }
  return {};
}

} // namespace

caf::expected<std::vector<std::string>>
sandbox_registry::caches_below(const caf::strong_actor_ptr& supervisor) const {
  std::set<std::string> names;
  if (auto err = collect(directory_->system(),
                         caf::actor_cast<supervisor_actor>(supervisor), names);
      !err.empty())
    return err;
  if (names.empty())
    return make_error(errc::invalid_argument,
                      "from_supervisor: the supervisor runs no sandboxed "
                      "cache; in a cache's spec write: .sandbox = true");
  return std::vector(names.begin(), names.end());
}

} // namespace actor_cache
