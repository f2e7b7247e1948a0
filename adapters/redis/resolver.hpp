#pragma once

#include "waiting.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace actor_cache::redis_wire {

/// Tells whether `host` is an IP address, which needs no look-up.
bool is_ip(const std::string& host);

/// Looks up the addresses of a host by the system's resolver, those of IPv4
/// first. Waits up to `deadline`, or until `by` cuts that short.
///
/// The resolver itself can be neither told to hurry nor interrupted, so that a
/// thread of its own waits for it, in the end perhaps for nobody. All who look
/// up one name at a time share that thread, and there are 16 of them at most.
///
/// Thread safety: all threads may call.
/// @returns IP addresses, at least one; `errc::unavailable` with the resolver's
///          reason, `errc::timeout`
caf::expected<std::vector<std::string>>
resolve(const std::string& host, real_time deadline, const interruption& by);

} // namespace actor_cache::redis_wire
