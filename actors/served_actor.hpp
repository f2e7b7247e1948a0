#pragma once

#include "actor_cache/cache_actor.hpp"
#include "actor_cache/detail/served_ops.hpp"

namespace actor_cache::detail {

/// The actors behind a cache, whatever its adapter.
using served_actor = interface_of<served_ops>::type;

} // namespace actor_cache::detail
