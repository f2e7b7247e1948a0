#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/supervisor.hpp"

#include "child.hpp"
#include "restart_intensity.hpp"

#include <caf/event_based_actor.hpp>

#include <set>
#include <string>
#include <vector>

namespace actor_cache::detail {

/// The state of a supervisor: its children in the order of their start.
class supervisor_state {
public:
  supervisor_state(caf::event_based_actor* self, std::vector<child> children,
                   supervisor_options options);

  ~supervisor_state();

  caf::behavior make_behavior();

private:
  std::set<std::string> caches() const;

  void watch(child& which);

  void ended(const std::string& id, const caf::error& reason);

  void restart(child& which, const caf::error& reason);

  void shut_down(caf::error reason);

  void stop_last();

  void stop(child& which);

  void kill_late(const std::string& id);

  caf::event_based_actor* self_;
  monitors<caf::event_based_actor> monitors_;
  std::vector<child> children_;
  restart_intensity intensity_;

  /// Set once the supervisor is on its way out.
  std::optional<caf::error> ending_;
};

} // namespace actor_cache::detail
