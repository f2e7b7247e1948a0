#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// How far a scan of all servers has come: one server after the other, each by
/// its own cursor.
struct cursor {
  /// Its name among the servers; empty for the first one, or the only one.
  std::string server;

  /// What the server said.
  std::string position = "0";

  /// Takes the first of `servers` at the beginning.
  /// @returns `errc::unavailable` where its server is none of them any more,
  ///          and so nobody knows which keys are yet to come
  caf::error enter(const std::vector<std::string>& servers);

  /// Returns where to go on after its server, one of `servers`, has replied
  /// `reply`; nothing at the end.
  std::optional<cursor> next(std::string_view reply,
                             const std::vector<std::string>& servers) const;

  /// Writes it as text, which is empty for the beginning.
  std::string render() const;

  /// @returns `errc::invalid_argument` for what `render` does not write
  static caf::expected<cursor> parse(std::string_view text);
};

} // namespace actor_cache::redis_wire
