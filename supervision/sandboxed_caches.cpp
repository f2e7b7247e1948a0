// Which sandboxed caches there are below a supervisor.

#include "actor_cache/errc.hpp"
#include "actor_cache/sandbox.hpp"
#include "actor_cache/supervision_tree.hpp"

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

/// Adds the names of the sandboxed caches of a tree.
void collect(caf::actor_system& system, const supervision_tree& tree,
             std::set<std::string>& names) {
  for (const auto& x : tree.root.children)
    if (x.kind == child_kind::cache && is_sandboxed(system, x.id))
      names.insert(x.id);
  for (const auto& x : tree.below)
    collect(system, x, names);
}

} // namespace

caf::expected<std::vector<std::string>>
sandbox_registry::caches_below(const caf::strong_actor_ptr& supervisor) const {
  auto& system = directory_->system();
  auto tree = tree_of(system, caf::actor_cast<supervisor_actor>(supervisor));
  if (!tree)
    return std::move(tree.error());
  std::set<std::string> names;
  collect(system, *tree, names);
  if (names.empty())
    return make_error(errc::invalid_argument,
                      "from_supervisor: the supervisor runs no sandboxed "
                      "cache; in a cache's spec write: .sandbox = true");
  return std::vector(names.begin(), names.end());
}

} // namespace actor_cache
