#pragma once

#include "socket.hpp"

namespace actor_cache::redis_wire {

/// Connects to a server and logs in, as `socket::dial` does, within
/// `settings.timeout`: the look-up of its name included. Where a name has
/// several addresses, they are tried one after the other.
/// @returns `errc::unavailable`, `errc::not_permitted`; both name the server
///          and the reason
caf::expected<socket_ptr> dial(const address& at, const dial_settings& settings,
                               const interruption& by);

} // namespace actor_cache::redis_wire
