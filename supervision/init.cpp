#include "actor_cache/init.hpp"

#include "actor_cache/cache_event.hpp"
#include "actor_cache/detail/lock_clerk.hpp"
#include "actor_cache/detail/served_ops.hpp"
#include "actor_cache/detail/signals.hpp"
#include "actor_cache/sandbox_messages.hpp"
#include "actor_cache/supervisor_actor.hpp"

#include <caf/init_global_meta_objects.hpp>

namespace actor_cache {

void init_global_meta_objects() {
  caf::init_global_meta_objects<caf::id_block::actor_cache>();
}

} // namespace actor_cache
