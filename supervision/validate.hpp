#pragma once

#include "actor_cache/child_spec.hpp"

namespace actor_cache::detail {

/// Checks that `child` has an id, if a supervisor with `options` asks for one.
caf::error validate_id(const child_spec& child,
                       const supervisor_options& options);

/// Checks a supervisor with all that is below it, before anything is started.
caf::error validate(const supervisor_spec& spec);

} // namespace actor_cache::detail
