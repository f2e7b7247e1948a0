#pragma once

#include "servers.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// A Lua script that runs on the server as one step. It is named by its digest;
/// a server that does not have it yet gets the text once.
class script {
public:
  explicit script(std::string_view text);

  /// Runs the script on the server of `key`, which is its only key.
  caf::expected<redis_reply> run(servers& where, std::string_view key,
                                 std::initializer_list<argument> arguments,
                                 real_time deadline) const;

  /// One of several runs.
  struct call {
    std::string_view key;
    std::vector<argument> arguments;
  };

  /// Runs the script for each of `calls`, all at once.
  std::vector<caf::expected<redis_reply>> run_each(servers& where,
                                                   std::span<const call> calls,
                                                   real_time deadline) const;

private:
  commands by_digest(std::string_view key,
                     std::span<const argument> arguments) const;

  commands by_text(std::string_view key,
                   std::span<const argument> arguments) const;

  std::string text_;
  std::string digest_;
};

} // namespace actor_cache::redis_wire
