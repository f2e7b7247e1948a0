#pragma once

#include "actor_cache/detail/engine.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

namespace actor_cache::detail {

/// Makes the engine of a cache with its store, both not yet started; for a
/// sandboxed cache, the engine that stands for all instances.
caf::expected<engine_ptr> make_engine(caf::actor_system& system,
                                      const cache_spec& spec);

} // namespace actor_cache::detail
