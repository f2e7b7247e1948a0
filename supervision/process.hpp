#pragma once

#include "actor_cache/supervisor_actor.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>

namespace actor_cache::detail {

/// What a child runs as: one actor after the other and, for a cache, the store
/// that outlives them.
class process {
public:
  virtual ~process() = default;

  virtual child_kind kind() const noexcept = 0;

  /// Starts an actor, again after one has ended. Its end is reported to
  /// `supervisor_core::ended` with the number `run`.
  virtual caf::error start(uint64_t run) = 0;

  /// Returns the actor that was started last, null before the first.
  virtual caf::strong_actor_ptr actor() const = 0;

  /// Asks the actor to end.
  virtual void stop() = 0;

  /// Ends the actor whatever it does.
  virtual void kill() = 0;

  /// Lets go of what outlives the actor, before it is asked to end for good.
  /// @returns what was lost, e.g. entries that could not be saved
  virtual caf::error close() = 0;
};

} // namespace actor_cache::detail
