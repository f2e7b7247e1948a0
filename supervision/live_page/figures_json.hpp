#pragma once

#include "actor_cache/errc.hpp"
#include "actor_cache/supervision_tree.hpp"
#include "actor_cache/telemetry/snapshot.hpp"

#include <nlohmann/json.hpp>

namespace actor_cache::detail {

nlohmann::json to_json(const telemetry::cache_figures& x);

nlohmann::json to_json(const supervision_tree& x);

} // namespace actor_cache::detail
