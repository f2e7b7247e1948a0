#pragma once

#include "servers.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

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

private:
  commands command(std::string_view name, std::string_view body,
                   std::string_view key,
                   std::initializer_list<argument> arguments) const;

  std::string text_;
  std::string digest_;
};

} // namespace actor_cache::redis_wire
