#pragma once

#include "actor_cache/adapter.hpp"

namespace actor_cache {

/// A map in the state of the cache's actor, like an Elixir `Agent`: every call
/// is mail, one after the other. For light use, and where messages are wanted
/// anyway. Operations are O(log n).
struct agent_options {
  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;
};

} // namespace actor_cache
