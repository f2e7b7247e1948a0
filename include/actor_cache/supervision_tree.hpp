#pragma once

#include "actor_cache/supervisor_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <optional>
#include <string>
#include <vector>

namespace actor_cache {

/// A supervisor and all that is below it, at one moment.
struct supervision_tree {
  supervisor_info root;

  /// One for each of the root's children that is a running supervisor, in their
  /// order.
  std::vector<supervision_tree> below;
};

/// Asks `supervisor` and those below it. Supervisors that end meanwhile are
/// left out.
///
/// Blocks; waits for each supervisor for up to `timeout`.
/// @returns `errc::supervisor_not_running`, `errc::timeout`, and
///          `errc::would_block` on a thread of CAF's scheduler
caf::expected<supervision_tree>
tree_of(caf::actor_system& system, const supervisor_actor& supervisor,
        timespan timeout = std::chrono::seconds{5});

/// Returns the supervisors that `start_supervisor` has started and that have
/// not ended, in the order of their start. Does not block.
std::vector<supervisor_actor> root_supervisors(caf::actor_system& system);

/// Draws the tree, one line for each child: its name, kind, restart type,
/// state, restarts and uptime; for supervisors also the strategy and how many
/// of the allowed restarts were used up lately.
std::string to_string(const supervision_tree& x);

} // namespace actor_cache
