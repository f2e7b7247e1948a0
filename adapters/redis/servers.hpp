#pragma once

#include "connection.hpp"

#include "actor_cache/adapters/redis.hpp"

#include <caf/expected.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// Commands that concern one key, by which their server is found.
struct keyed_commands {
  std::string_view key;
  commands what;
};

/// A connection, if any, and what keeps it where its server may go.
struct borrowed_connection {
  connection* link = nullptr;
  std::shared_ptr<const void> owner = nullptr;
};

/// The servers behind a cache. Replies come as the servers sent them, their
/// errors included; an error of the call itself means that there is no reply.
///
/// Calls block their thread, or only the job that it runs; each step of them
/// takes no longer than `command_timeout`, and none goes on after `deadline`.
///
/// Thread safety: all members may be called at the same time.
class servers {
public:
  /// Reads files, but does not connect.
  static caf::expected<std::unique_ptr<servers>>
  make(const redis_options& options, clock_ptr clock,
       std::function<void(const connection_change&)> on_change = nullptr);

  virtual ~servers() = default;

  virtual void start() = 0;

  virtual void stop() = 0;

  /// Makes one call; several commands are not interrupted by others of this
  /// process.
  virtual caf::expected<redis_reply>
  call(std::string_view key, commands what, repeat again, real_time deadline)
    = 0;

  /// Returns the connection to the server that most likely has `key`, without
  /// waiting for anything: there is none where that is not known for now.
  virtual borrowed_connection likely_connection(std::string_view key) = 0;

  /// Makes many calls at once.
  virtual std::vector<caf::expected<redis_reply>>
  call_each(std::vector<keyed_commands> what, repeat again, real_time deadline)
    = 0;

  /// Splits `keys` into groups of which each can be named in one command.
  virtual std::vector<std::vector<size_t>>
  group(std::span<const std::string> keys) const = 0;

  /// The number of servers that share the keys among them.
  virtual size_t count(real_time deadline) = 0;

  /// Returns what they are called, in the order of their slots; a lone server
  /// has no name.
  virtual caf::expected<std::vector<std::string>> names(real_time deadline) = 0;

  /// Makes a call to one of these.
  /// @returns `errc::unavailable` where there is none of that name
  virtual caf::expected<redis_reply> call_server(const std::string& name,
                                                 commands what, repeat again,
                                                 real_time deadline)
    = 0;

  /// Makes a call on a connection of its own, which may take any time up to
  /// `deadline`; it ends early where the job does that makes it.
  virtual caf::expected<redis_reply>
  call_alone(std::string_view key, commands what, real_time deadline) = 0;

  /// Makes a transaction on a connection of its own: of MULTI, which is
  /// answered before anything else is sent, and all up to EXEC.
  /// @returns their replies, or that to MULTI alone where it is refused
  virtual caf::expected<redis_reply>
  call_as_one(std::string_view key, commands what, real_time deadline) = 0;

  /// Changes with each connection that is made; 0 before the first one.
  virtual uint64_t generation() const = 0;

  /// Returns the sums over all servers.
  virtual connection_counts connections() const = 0;

  /// Returns nanoseconds from the cache's clock to that of the server of `key`.
  virtual caf::expected<int64_t>
  clock_offset(std::string_view key, real_time deadline) = 0;
};

} // namespace actor_cache::redis_wire
