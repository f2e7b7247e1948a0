#pragma once

#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache {

/// Which keys, or which fields of a hash, a scan is to find.
struct scan_filter {
  /// A glob-style pattern: `*`, `?`, `[a-c]`, `[^a]`, and `\` before a
  /// character that stands for itself. The cache's own prefix is no part of it.
  std::string match = "*";

  /// About how many are looked at for one page: a hint, not a limit.
  uint64_t count = 256;

  /// What Redis' TYPE says about the key: "string", "hash", "set", "list", ...;
  /// any if empty. Fields have no type.
  std::string type = {};

  template <class Inspector>
  friend bool inspect(Inspector& f, scan_filter& x) {
    return f.object(x).fields(f.field("match", x.match),
                              f.field("count", x.count),
                              f.field("type", x.type));
  }
};

/// A part of a cache's keys.
struct key_page {
  std::vector<std::string> keys;

  /// Where the next page begins; empty at the end. A page without keys need
  /// not be the last.
  std::string cursor;

  template <class Inspector>
  friend bool inspect(Inspector& f, key_page& x) {
    return f.object(x).fields(f.field("keys", x.keys),
                              f.field("cursor", x.cursor));
  }
};

/// What a store offers that finds the keys of a cache by pattern and type,
/// whatever they hold.
///
/// Thread safety: as the adapter.
class key_scan {
public:
  static constexpr std::string_view capability_name = "key_scan";

  virtual ~key_scan() = default;

  /// Returns some of the keys that `filter` lets through, from `cursor` on; the
  /// empty cursor is the beginning. A key that is there all the time is seen at
  /// least once; it may be seen again while keys come and go. (Redis: SCAN.)
  /// @returns `errc::invalid_argument` for what is no cursor, or a count of 0
  virtual caf::expected<key_page>
  scan_keys(std::string_view cursor, const scan_filter& filter, time_point now)
    = 0;
};

} // namespace actor_cache
