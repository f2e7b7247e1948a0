#pragma once

#include "actor_cache/cache_actor.hpp"
#include "actor_cache/spec.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace actor_cache {

/// Starts an actor; called again at each restart. Returns an error where it
/// cannot.
using actor_factory
  = std::function<caf::expected<caf::actor>(caf::actor_system&)>;

/// One child of a supervisor: a cache, or any actor.
struct child_spec {
  /// A cache, named after its spec.
  child_spec(cache_spec cache);

  /// An actor that `start` makes.
  child_spec(std::string id, actor_factory start);

  /// Unique among the children of one supervisor.
  std::string id;

  std::variant<cache_spec, actor_factory> what;

  /// How long the child may take to end before it is killed.
  timespan shutdown_timeout = std::chrono::seconds{5};
};

/// How a supervisor goes about its children. (Erlang: `supervisor:sup_flags`.)
struct supervisor_options {
  /// More restarts than this within `max_period` are given up on: the
  /// supervisor stops its children and ends with `errc::child_failed`.
  size_t max_restarts = 3;

  timespan max_period = std::chrono::seconds{5};

  /// @returns `errc::invalid_argument`, naming the option, its value and what
  ///          is accepted
  caf::error validate() const;
};

/// Restarts children that end. An exit message makes it stop them, the last
/// one first, and end itself.
using supervisor_actor = caf::actor;

/// Starts a supervisor and its children in their order, each with the
/// one_for_one strategy: a child that ends is restarted alone. Where one child
/// fails to start, those that were started are stopped again.
///
/// Blocks until all children have started; a supervisor that is still there
/// when the actor system ends does not keep it from ending.
///
/// @returns `errc::invalid_argument` where a spec or an option is invalid,
///          `errc::name_taken` where two children, or a child and a running
///          cache, have the same name, else the error of the child that failed
caf::expected<supervisor_actor>
start_supervisor(caf::actor_system& system, std::vector<child_spec> children,
                 supervisor_options options = {});

/// Stops a supervisor and its children, and waits until they have ended.
/// Stopping one that has ended already is fine. Must not be called from an
/// actor that the scheduler runs: send an exit message there.
/// @returns what was lost, e.g. `errc::io_error` where a cache could not save
///          its entries, or what the supervisor had given up on before
caf::expected<void> stop_supervisor(caf::actor_system& system,
                                    const supervisor_actor& supervisor);

} // namespace actor_cache
