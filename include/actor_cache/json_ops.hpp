#pragma once

#include "actor_cache/json_path.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache {

/// A JSON value as text.
struct json_text {
  std::string text;

  bool operator==(const json_text&) const = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, json_text& x) {
    return f.object(x).fields(f.field("text", x.text));
  }
};

/// What a store offers that holds JSON documents and changes parts of them in
/// place. Values go in and come out as JSON text, so that nothing is lost on
/// the way: `1.0` stays `1.0`, integers are exact from -2^63 to 2^64 - 1
/// (larger ones are refused), members keep their order.
///
/// Paths without `$` (see `json_path`) mean one place, whose value is the
/// answer; a path that begins with `$` is answered with an array of what was
/// found at each place.
///
/// All calls may give `errc::type_mismatch` where the key holds something else,
/// `errc::invalid_argument` for what is no path or no JSON,
/// `errc::key_not_found` where a path without `$` leads nowhere, and the errors
/// of an adapter.
///
/// Thread safety: as the adapter; each change is one step.
class json_ops {
public:
  static constexpr std::string_view capability_name = "json_ops";

  virtual ~json_ops() = default;

  /// Returns what is at `path`; `nullopt` where there is no document.
  /// (Redis: JSON.GET.)
  virtual caf::expected<std::optional<json_text>>
  json_get(std::string_view key, const json_path& path, time_point now) = 0;

  /// Puts `value` at `path`. Tells whether it did: what has no parent to be put
  /// into is not stored. (Redis: JSON.SET.)
  /// @returns `errc::invalid_argument` where there is no document and `path` is
  ///          not its root
  virtual caf::expected<bool> json_set(std::string_view key,
                                       const json_path& path,
                                       const std::string& value, time_point now)
    = 0;

  /// Removes what is at `path`; returns how many values that were. Removing the
  /// root removes the key. (Redis: JSON.DEL.)
  virtual caf::expected<uint64_t>
  json_delete(std::string_view key, const json_path& path, time_point now) = 0;

  /// Adds `step`, a number, to the number at `path` and returns the sum. It is
  /// an integer where both are. (Redis: JSON.NUMINCRBY.)
  /// @returns `errc::invalid_argument` where the sum is out of range
  virtual caf::expected<std::string>
  json_incr(std::string_view key, const json_path& path,
            const std::string& step, time_point now)
    = 0;

  /// Empties arrays and objects and sets numbers to 0; leaves all else alone.
  /// Returns how many values have changed. (Redis: JSON.CLEAR.)
  virtual caf::expected<uint64_t>
  json_clear(std::string_view key, const json_path& path, time_point now) = 0;

  /// Appends values to the array at `path`; returns its new length.
  /// (Redis: JSON.ARRAPPEND.)
  virtual caf::expected<std::string>
  json_array_append(std::string_view key, const json_path& path,
                    const std::vector<std::string>& values, time_point now)
    = 0;
};

} // namespace actor_cache
