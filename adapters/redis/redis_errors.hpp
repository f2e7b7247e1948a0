#pragma once

#include "actor_cache/redis_reply.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <string_view>

namespace actor_cache::redis_wire {

/// Returns what a server's error reply means in this library's terms; the
/// message carries the server's text.
///
/// | reply | error |
/// |---|---|
/// | WRONGTYPE, "Existing key has wrong Redis type" | `errc::type_mismatch` |
/// | NOAUTH, WRONGPASS, NOPERM, also in a script | `errc::not_permitted` |
/// | BUSY, CLUSTERDOWN, LOADING, MASTERDOWN, MISCONF | `errc::unavailable` |
/// | NOREPLICAS, OOM, READONLY, TRYAGAIN, max clients | `errc::unavailable` |
/// | a JSON path that does not exist | `errc::key_not_found` |
/// | unknown command | `errc::not_supported` |
/// | all others | `errc::invalid_argument` |
caf::error to_error(const redis_error& what);

/// Makes the error for a connection that is gone, or never came to be.
caf::error lost(std::string_view why);

/// Does so for what the system said last.
caf::error lost_by_errno();

/// Makes the error for what a server did not do in time.
caf::error too_late(std::string_view what);

/// Makes the error for a key that others wrote to during each of `attempts`
/// attempts to change it, up to the end of the call.
caf::error overtaken(std::string_view key, size_t attempts);

} // namespace actor_cache::redis_wire
