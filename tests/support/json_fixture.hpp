#pragma once

#include "../../adapters/json/command.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache::test {

using words = std::vector<std::string>;

/// A document that commands run on.
class json_fixture {
public:
  explicit json_fixture(std::string text = {}) {
    if (!text.empty())
      text_ = std::move(text);
  }

  /// Runs "JSON.<name> key <args>".
  redis_reply run(const std::string& name, words args = {}) {
    words command{"JSON." + name, "key"};
    command.insert(command.end(), args.begin(), args.end());
    return detail::run_json_command_on_text(text_, command).reply;
  }

  std::string text() const {
    return text_.value_or("(none)");
  }

private:
  std::optional<std::string> text_;
};

} // namespace actor_cache::test
