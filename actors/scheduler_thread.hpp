#pragma once

namespace actor_cache::detail {

/// Tells whether this thread is one of those on which CAF's scheduler runs
/// actors, so that blocking it would hold up others. Always false where the
/// library was built without `ACTOR_CACHE_CHECK_BLOCKING`.
bool on_scheduler_thread() noexcept;

} // namespace actor_cache::detail
