#pragma once

#include <caf/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace actor_cache::redis_wire {

/// How far a scan of all servers has come: one server after the other, each by
/// its own cursor.
struct cursor {
  size_t server = 0;

  /// What the server said.
  std::string position = "0";

  /// Returns where to go on after a server replied `reply`; nothing at the end.
  std::optional<cursor> next(std::string_view reply, size_t servers) const;

  /// Writes it as text, which is empty for the beginning, and for the first
  /// server what that said.
  std::string render() const;

  /// @returns `errc::invalid_argument` for what `render` does not write
  static caf::expected<cursor> parse(std::string_view text);
};

} // namespace actor_cache::redis_wire
