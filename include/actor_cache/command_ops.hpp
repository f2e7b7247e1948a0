#pragma once

#include "actor_cache/redis_reply.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace actor_cache {

/// A Redis command: its name and its arguments.
using redis_command = std::vector<std::string>;

/// What a store offers that runs commands of Redis as they are. Keys in them
/// are what the server knows: the key `k` of the cache `users` is `users:k`
/// there.
///
/// Thread safety: as the adapter.
class command_ops {
public:
  static constexpr std::string_view capability_name = "command_ops";

  virtual ~command_ops() = default;

  /// Runs one command. An error reply is an error: see `redis_error`.
  virtual caf::expected<redis_reply>
  command(const redis_command& what, time_point now) = 0;

  /// Runs many commands, one after the other, in one round trip; returns their
  /// replies, of which some may be errors.
  /// @returns `errc::invalid_argument` where one of `commands` is empty
  virtual caf::expected<std::vector<redis_reply>>
  pipeline(const std::vector<redis_command>& commands, time_point now) = 0;

  /// Does the same as one step: nobody else's command comes between. Where one
  /// of them is none, none is run. (Redis: MULTI, EXEC.)
  virtual caf::expected<std::vector<redis_reply>>
  transaction(const std::vector<redis_command>& commands, time_point now) = 0;
};

} // namespace actor_cache
