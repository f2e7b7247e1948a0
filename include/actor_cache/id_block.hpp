#pragma once

// What a program includes that names `caf::id_block::actor_cache`, as
// `CAF_MAIN(caf::id_block::actor_cache)` does: all types that the library makes
// known to CAF. All others call `init_global_meta_objects` (init.hpp) and
// compile faster.

#include "actor_cache/cache_event.hpp"
#include "actor_cache/detail/lock_clerk.hpp"
#include "actor_cache/detail/served_ops.hpp"
#include "actor_cache/detail/signals.hpp"
#include "actor_cache/sandbox_messages.hpp"
#include "actor_cache/supervisor_actor.hpp"
#include "actor_cache/telemetry/event.hpp"
#include "actor_cache/telemetry/statsd.hpp"
