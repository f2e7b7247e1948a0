#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/supervisor.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

namespace actor_cache::detail {

/// One child of a supervisor as it runs: the actor changes with each restart,
/// the cache's engine, if it is a cache, stays.
class child {
public:
  /// Starts a child: opens the store and makes the name known, then spawns.
  static caf::expected<child> start(caf::actor_system& system, child_spec spec);

  const child_spec& spec() const noexcept {
    return spec_;
  }

  const caf::strong_actor_ptr& actor() const noexcept {
    return actor_;
  }

  /// Starts the actor again, after it has ended.
  caf::error restart(caf::actor_system& system);

  /// Asks the actor to end; calls to a cache fail from now on.
  /// @returns what was lost, e.g. entries that could not be saved
  caf::error stop(caf::actor_system& system);

  /// Ends the actor whatever it does.
  void kill();

private:
  explicit child(child_spec spec) : spec_(std::move(spec)) {
    // nop
  }

  caf::error spawn(caf::actor_system& system);

  child_spec spec_;
  engine_ptr cache_;
  caf::strong_actor_ptr actor_;
};

} // namespace actor_cache::detail
