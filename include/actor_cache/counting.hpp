#pragma once

#include "actor_cache/detail/arithmetic.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <optional>
#include <string_view>

namespace actor_cache {

/// What a store offers that counts without reading, deciding and writing:
/// threads that count under different keys do not meet at all.
///
/// All calls are about an entry that has an integer of the type of `step`, and
/// do nothing where there is none; the entry keeps its deadline and gets
/// another version.
///
/// Thread safety: as the adapter.
class counting {
public:
  static constexpr std::string_view capability_name = "counting";

  virtual ~counting() = default;

  /// Adds or subtracts `step`, as one step.
  /// @returns the new number, or nothing where there is no such entry;
  ///          `errc::invalid_argument` where it would be out of range
  virtual caf::expected<std::optional<term>>
  count(std::string_view key, detail::arithmetic_op op, const term& step,
        time_point now)
    = 0;

  /// Does the same without a word about the new number; threads that do so
  /// under one key do not meet either. The number stops at the ends of its
  /// range.
  /// @returns whether there is such an entry
  virtual caf::expected<bool> count_blindly(std::string_view key,
                                            detail::arithmetic_op op,
                                            const term& step, time_point now)
    = 0;
};

} // namespace actor_cache
