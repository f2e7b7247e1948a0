#pragma once

namespace actor_cache {

/// Tells whether this thread runs actors for CAF's scheduler, so that it must
/// not wait. Takes a system call.
bool is_worker_thread() noexcept;

} // namespace actor_cache
