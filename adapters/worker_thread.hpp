#pragma once

namespace actor_cache {

/// Tells whether this thread runs actors for CAF's scheduler, so that it must
/// not wait. Takes a system call.
bool is_worker_thread() noexcept;

/// Tells whether a call may block this thread: it is none of the scheduler's,
/// and runs no job of a fiber pool, which is on any thread. Takes a system
/// call.
bool may_block() noexcept;

} // namespace actor_cache
