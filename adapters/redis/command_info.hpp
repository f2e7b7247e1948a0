#pragma once

#include "actor_cache/command_ops.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace actor_cache::redis_wire {

/// Returns the key by which the server of a command is found; empty where it
/// has none.
std::string_view key_of(const redis_command& command);

/// Tells whether a command only reads, and so may be sent again.
bool only_reads(const redis_command& command);

/// Says why a command cannot be used on a connection that others share: it
/// would change what their commands mean. Nothing for others.
std::optional<std::string> why_not_shared(const redis_command& command);

/// Returns how long a command may block its connection on the server, the
/// longest time for no limit; nothing for commands that do not block.
std::optional<std::chrono::milliseconds>
blocks_for(const redis_command& command);

/// Tells whether the command has that name, in whatever case.
bool has_name(const redis_command& command, std::string_view name);

/// Tells whether `word` is `name`, which is upper case, in whatever case.
bool same_word(std::string_view word, std::string_view name);

} // namespace actor_cache::redis_wire
