#pragma once

#include "actor_cache/cache_actor.hpp"
#include "actor_cache/detail/caf_compat.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <functional>

namespace actor_cache::detail {

/// Chooses the cache actor that is to answer a message of `sender`.
using forwarding_target = std::function<caf::expected<caf::strong_actor_ptr>(
  const caf::strong_actor_ptr& sender)>;

/// Spawns an actor that looks like a cache's and hands each message on.
cache_actor spawn_forwarding_actor(caf::actor_system& system,
                                   forwarding_target target);

} // namespace actor_cache::detail
