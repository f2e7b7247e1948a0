#pragma once

#include "actor_cache/redis_reply.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>

namespace actor_cache::redis_wire {

/// Makes the error for a reply that the command cannot have.
caf::error unexpected(const redis_reply& reply);

/// Turns the error that a server replied into one of ours.
caf::expected<redis_reply> answer(caf::expected<redis_reply> reply);

/// Returns the number that a server replied.
caf::expected<int64_t> integer_of(caf::expected<redis_reply> reply);

/// Returns the list that a server replied.
caf::expected<redis_reply::array> list_of(caf::expected<redis_reply> reply);

/// Returns the text that a server replied.
caf::expected<std::string> text_of(redis_reply reply);

} // namespace actor_cache::redis_wire
