#pragma once

#include "actor_cache/child_spec.hpp"
#include "actor_cache/supervisor_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace actor_cache {

// All calls of this file block until they are done, and give
// `errc::would_block` on a thread of CAF's scheduler: actors send the
// messages of supervisor_actor.hpp instead. Those that take a supervisor give
// `errc::supervisor_not_running` where it has ended.

/// Starts a supervisor and its children in their order. Where one child fails
/// to start, those that were started are stopped again.
///
/// A supervisor that is still there when the actor system ends does not keep it
/// from ending.
///
/// @returns `errc::invalid_argument` where a spec or an option is invalid,
///          `errc::name_taken` where two children, or a child and a running
///          cache, have the same name, else the error of the child that failed
caf::expected<supervisor_actor>
start_supervisor(caf::actor_system& system, std::vector<child_spec> children,
                 supervisor_options options = {});

/// Stops a supervisor and its children, and waits until they have ended.
/// @returns what was lost, e.g. `errc::io_error` where a cache could not save
///          its entries, or what the supervisor had given up on before
caf::expected<void> stop_supervisor(caf::actor_system& system,
                                    const supervisor_actor& supervisor);

/// Sends `msg::which_children`.
caf::expected<std::vector<child_info>>
which_children(caf::actor_system& system, const supervisor_actor& supervisor);

/// Sends `msg::count_children`.
caf::expected<child_counts> count_children(caf::actor_system& system,
                                           const supervisor_actor& supervisor);

/// Sends `msg::start_child`.
caf::expected<child_info> start_child(caf::actor_system& system,
                                      const supervisor_actor& supervisor,
                                      child_spec spec);

/// Sends `msg::terminate_child`.
caf::expected<void> terminate_child(caf::actor_system& system,
                                    const supervisor_actor& supervisor,
                                    std::string id);

/// Sends `msg::restart_child`.
caf::expected<child_info> restart_child(caf::actor_system& system,
                                        const supervisor_actor& supervisor,
                                        std::string id);

/// Sends `msg::delete_child`.
caf::expected<void> delete_child(caf::actor_system& system,
                                 const supervisor_actor& supervisor,
                                 std::string id);

} // namespace actor_cache
