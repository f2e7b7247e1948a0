#pragma once

#include "actor_cache/redis_reply.hpp"

#include "document.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::detail {

/// What a JSON command has done to its document.
struct json_outcome {
  redis_reply reply;

  /// Set where the document is another one now, or gone.
  bool changed = false;
};

/// Tells whether `name`, in whatever case, is a command that `run_json_command`
/// knows: JSON.SET, JSON.GET, JSON.DEL, JSON.FORGET, JSON.NUMINCRBY,
/// JSON.NUMMULTBY, JSON.CLEAR, JSON.ARRAPPEND, JSON.TYPE, JSON.ARRLEN,
/// JSON.OBJLEN, JSON.STRLEN, JSON.OBJKEYS, JSON.TOGGLE.
bool is_json_command(std::string_view name);

/// Runs a command on the document of its key, empty where there is none, and
/// answers as RedisJSON 2.x does. Touches nothing else: what it leaves in
/// `document` is to be stored, or the key to be removed.
/// @param command the name, the key, and the arguments
json_outcome run_json_command(std::optional<json_document>& document,
                              const std::vector<std::string>& command);

/// Does the same with a document that is stored as text.
json_outcome run_json_command_on_text(std::optional<std::string>& text,
                                      const std::vector<std::string>& command);

} // namespace actor_cache::detail
