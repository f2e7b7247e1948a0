#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/lockable.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <memory>
#include <string>
#include <utility>

namespace actor_cache::detail {

/// A lock on its way to an actor, which gives itself back if nobody takes it.
/// It never leaves the process.
struct lock_grant {
  struct content {
    /// Keeps the store alive.
    engine_ref store;
    lockable::owner owner;
    held_lock lock;
  };

  std::shared_ptr<content> held;
};

/// Spawns an actor that answers `caf::get_atom` with the lock of `key`, or with
/// `errc::timeout` where that takes longer than `timeout`, and ends.
caf::actor spawn_lock_clerk(caf::actor_system& system, engine_ref store,
                            std::string key, timespan timeout);

} // namespace actor_cache::detail

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actor_cache::detail::lock_grant)
