#pragma once

#include "actor_cache/command_ops.hpp"
#include "actor_cache/detail/message.hpp"
#include "actor_cache/key_scan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// The messages about keys and commands. A cache whose adapter lacks the
/// capability answers `errc::not_supported`.
namespace actor_cache::msg {

/// Returns some of the cache's keys, from `cursor` on.
struct scan_keys {
  using result = key_page;
  static constexpr auto method = &key_scan::scan_keys;
  static constexpr auto kind = detail::effect::runs;
  static constexpr std::string_view name = "scan_keys";
  std::string cursor;
  scan_filter filter = {};
  static constexpr auto fields = std::tuple{
    detail::field{"cursor", &scan_keys::cursor},
    detail::field{"filter", &scan_keys::filter},
  };
};

/// Runs one command as it is.
struct command {
  using result = redis_reply;
  static constexpr auto method = &command_ops::command;
  static constexpr auto kind = detail::effect::runs;
  static constexpr std::string_view name = "command";
  redis_command what;
  static constexpr auto fields = std::tuple{
    detail::field{"what", &command::what},
  };
};

/// Runs many commands; errors are among their replies.
struct pipeline {
  using result = std::vector<redis_reply>;
  static constexpr auto method = &command_ops::pipeline;
  static constexpr auto kind = detail::effect::runs;
  static constexpr std::string_view name = "pipeline";
  std::vector<redis_command> commands;
  static constexpr auto fields = std::tuple{
    detail::field{"commands", &pipeline::commands},
  };
};

/// Runs many commands as one step.
struct transaction {
  using result = std::vector<redis_reply>;
  static constexpr auto method = &command_ops::transaction;
  static constexpr auto kind = detail::effect::runs;
  static constexpr std::string_view name = "transaction";
  std::vector<redis_command> commands;
  static constexpr auto fields = std::tuple{
    detail::field{"commands", &transaction::commands},
  };
};

} // namespace actor_cache::msg

namespace actor_cache::detail {

using command_message_list
  = op_list<msg::scan_keys, msg::command, msg::pipeline, msg::transaction>;

} // namespace actor_cache::detail
