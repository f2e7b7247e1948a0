#pragma once

#include "actor_cache/child_spec.hpp"

#include "process.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace actor_cache::detail {

/// Where a process is started: below which supervisors, and who hears of its
/// end.
struct surroundings {
  caf::actor_system& system;

  /// The supervisor and those above it.
  std::vector<caf::actor_addr> line;

  /// The supervisor's place in the tree.
  std::string path;

  /// Reports the end of an actor to the rules of the supervisor.
  std::function<void(const caf::strong_actor_ptr&, uint64_t run)> watch;
};

/// Makes the process of a cache, an actor or a supervisor, as `spec` says.
/// `around` must outlive it.
std::unique_ptr<process> make_process(const surroundings& around,
                                      const child_spec& spec);

} // namespace actor_cache::detail
