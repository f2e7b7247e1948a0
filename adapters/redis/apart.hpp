#pragma once

#include "command.hpp"

#include "actor_cache/redis_reply.hpp"

#include <caf/expected.hpp>

#include <string>
#include <utility>
#include <vector>

namespace actor_cache::redis_wire {

/// Takes a command about many keys apart, into one for each key, where these do
/// the same together: MGET, EXISTS, TOUCH, DEL and UNLINK. (Not MSET, which
/// sets all at once.)
/// @returns the keys and their commands; nothing for any other command, and for
///          one that names a single key
std::vector<std::pair<std::string, commands>> take_apart(const commands& what);

/// Makes one reply of those to the parts: lists are joined, numbers added.
/// @returns the first error among them
caf::expected<redis_reply>
put_together(std::vector<caf::expected<redis_reply>> replies);

} // namespace actor_cache::redis_wire
