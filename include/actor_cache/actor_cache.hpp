#pragma once

/// All of the library but what needs another one: `json.hpp` and the testing
/// kits are included by themselves.

#include "actor_cache/adapters/agent.hpp"
#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/address.hpp"
#include "actor_cache/cache.hpp"
#include "actor_cache/config.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/init.hpp"
#include "actor_cache/remote.hpp"
#include "actor_cache/supervision_tree.hpp"
#include "actor_cache/supervisor.hpp"
