#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/detail/message.hpp"

#include <caf/expected.hpp>

namespace actor_cache::detail {

/// Lets the store's capability answer `op`: admits the call, lets a write win
/// over loads under way, counts what the call did. Compiled once, for each of
/// `capability_ops`.
/// @returns `errc::not_supported` where the store lacks the capability
template <capability_message Op>
caf::expected<typename Op::result> perform(engine& target, Op op);

/// Does the same as a call of a user's, of which telemetry is to know.
template <capability_message Op>
caf::expected<typename Op::result> perform_observed(engine& target, Op op);

} // namespace actor_cache::detail
