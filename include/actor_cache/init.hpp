#pragma once

namespace actor_cache {

/// Makes the library's types known to CAF. Call it before the first actor
/// system is made, after `caf::core::init_global_meta_objects()`; programs that
/// use `CAF_MAIN(caf::id_block::actor_cache)`, with id_block.hpp, need not, but
/// compile longer.
void init_global_meta_objects();

} // namespace actor_cache
