#pragma once

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace actor_cache {

/// Makes the cache `name` reachable for other processes at `port` of this
/// machine, through CAF's middleman, which the actor system's configuration
/// must have loaded. Port 0 picks a free one. What is published stays valid
/// when the cache's actor is restarted. Blocks until the port is open.
///
/// `address` limits who can connect, e.g. "127.0.0.1"; empty lets everybody.
///
/// @returns the port, `errc::unknown_cache`, `errc::not_supported` without a
///          middleman, or `errc::io_error` where the port cannot be opened
caf::expected<uint16_t> publish(caf::actor_system& system,
                                std::string_view name, uint16_t port = 0,
                                const std::string& address = {});

} // namespace actor_cache
