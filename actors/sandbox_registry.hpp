#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/signals.hpp"
#include "actor_cache/sandbox.hpp"

#include "tenant_directory.hpp"

#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>

namespace actor_cache::detail {

/// What the registry answers beyond its public interface.
using sandbox_registry_base
  = sandbox_registry_actor::extend<caf::result<void>(tenancy_changed)>;

/// The state of the registry of the sandboxes: whom it watches, so that no
/// sandbox outlives its owner and no entry the actor that it is about.
class sandbox_registry_state {
public:
  sandbox_registry_state(sandbox_registry_base::pointer self,
                         std::shared_ptr<tenant_directory> directory);

  sandbox_registry_base::behavior_type make_behavior();

private:
  caf::result<void> start(const msg::start_sandbox& what);

  caf::result<void> stop(const msg::stop_sandbox& what);

  caf::result<void> add(const msg::register_cache& what);

  caf::result<void> remove(const msg::unregister_cache& what);

  caf::result<void> allow(const msg::allow& what);

  caf::result<std::set<std::string>> find(const msg::find_sandbox& what);

  void changed(const tenancy_changed& what);

  caf::expected<tenant_ptr> owned(const caf::strong_actor_ptr& owner) const;

  sandbox_registry_base::pointer self_;
  std::shared_ptr<tenant_directory> directory_;
  monitors<sandbox_registry_base::impl> monitors_;

  /// Weak, so that being watched keeps nobody alive.
  std::map<caf::actor_id, caf::weak_actor_ptr> watched_;
};

/// Starts the registry of an actor system if it does not run.
void start_sandbox_registry(caf::actor_system& system);

} // namespace actor_cache::detail
