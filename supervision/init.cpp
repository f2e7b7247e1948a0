#include "actor_cache/init.hpp"

#include "actor_cache/id_block.hpp"

#include <caf/init_global_meta_objects.hpp>

namespace actor_cache {

void init_global_meta_objects() {
  caf::init_global_meta_objects<caf::id_block::actor_cache>();
}

} // namespace actor_cache
