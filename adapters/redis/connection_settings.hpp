#pragma once

#include "socket.hpp"

#include "actor_cache/connected.hpp"

#include <caf/expected.hpp>

#include <functional>

namespace actor_cache::redis_wire {

/// What a connection must know.
struct connection_settings {
  /// Returns the server to connect to; asked before each attempt. May block.
  std::function<caf::expected<address>(const interruption&)> where;
  dial_settings dial;
  timespan command_timeout;
  timespan reconnect_delay;
  timespan max_reconnect_delay;

  /// Called on the connection's own thread when it comes up or goes down; may
  /// be empty.
  std::function<void(const connection_change&)> on_change = nullptr;
};

} // namespace actor_cache::redis_wire
