#pragma once

#include "actor_cache/entry.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace actor_cache {

/// Which way to go through a store.
enum class direction : uint8_t { forward, backward };

/// What a store offers that keeps its keys in an order of its own, the one of
/// `adapter::scan`, and can go through them from any key and both ways.
/// (Erlang: `ets:first/1`, `ets:next/2`, `ets:last/1`, `ets:prev/2`.)
///
/// Thread safety: as the adapter.
class ordered {
public:
  static constexpr std::string_view capability_name = "ordered";

  virtual ~ordered() = default;

  /// Returns the key next to `key`, which need not be there itself; without
  /// `key`, the first or the last one. Nothing at the end.
  virtual caf::expected<std::optional<std::string>>
  neighbour(std::optional<std::string_view> key, direction way, time_point now)
    = 0;

  /// Works as `adapter::scan`, from the end to the beginning.
  virtual caf::expected<scan_page>
  scan_back(std::string_view cursor, size_t limit, time_point now) = 0;
};

} // namespace actor_cache
