#pragma once

#include "actor_cache/entry.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <string_view>
#include <vector>

namespace actor_cache {

/// What a store offers that holds any number of objects under one key, each
/// with a deadline and a version of its own.
///
/// In such a store `adapter::put` adds an object, `adapter::get` returns the
/// one put last, `adapter::erase` removes all, and `adapter::update` shows the
/// one put last: it is what `change::store` replaces, while `change::erase`
/// removes all. (Erlang: ETS tables of type `bag` and `duplicate_bag`.)
///
/// Thread safety: as the adapter.
class multi_valued {
public:
  static constexpr std::string_view capability_name = "multi_valued";

  virtual ~multi_valued() = default;

  /// Returns all objects of `key`, the oldest first.
  virtual caf::expected<std::vector<entry>>
  lookup(std::string_view key, time_point now) = 0;

  /// Removes all objects of `key` and returns them, the oldest first.
  virtual caf::expected<std::vector<entry>>
  take_all(std::string_view key, time_point now) = 0;

  /// Removes the object of `key` with the version `which`.
  /// @returns whether there was one
  virtual caf::expected<bool>
  erase_object(std::string_view key, version which, time_point now) = 0;

  /// Replaces the object of `key` with the version `which`; the new one keeps
  /// the old one's deadline and counts as put last.
  /// @returns whether there was one
  virtual caf::expected<bool>
  replace_object(std::string_view key, version which, term next, time_point now)
    = 0;
};

} // namespace actor_cache
