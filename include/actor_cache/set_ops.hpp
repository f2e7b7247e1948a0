#pragma once

#include "actor_cache/term.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace actor_cache {

/// What a store offers that holds sets: a key with any number of different
/// values. A set is there as long as it has members. Members are equal where
/// their encoded bytes are.
///
/// All calls may give `errc::type_mismatch` where the key holds something else,
/// and the errors of an adapter.
///
/// Thread safety: as the adapter.
class set_ops {
public:
  static constexpr std::string_view capability_name = "set_ops";

  virtual ~set_ops() = default;

  /// Adds members; returns how many are new. (Redis: SADD.)
  virtual caf::expected<uint64_t>
  sadd(std::string_view key, const std::vector<term>& members, time_point now)
    = 0;

  /// Removes members; returns how many there were. (Redis: SREM.)
  virtual caf::expected<uint64_t>
  srem(std::string_view key, const std::vector<term>& members, time_point now)
    = 0;

  /// Returns all members, in no order. (Redis: SMEMBERS, O(n).)
  virtual caf::expected<std::vector<term>>
  smembers(std::string_view key, time_point now) = 0;

  /// Tells whether `member` is one. (Redis: SISMEMBER, O(1).)
  virtual caf::expected<bool>
  sismember(std::string_view key, const term& member, time_point now) = 0;

  /// Returns the number of members. (Redis: SCARD, O(1).)
  virtual caf::expected<uint64_t> scard(std::string_view key, time_point now)
    = 0;
};

} // namespace actor_cache
