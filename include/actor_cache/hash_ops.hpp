#pragma once

#include "actor_cache/key_scan.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache {

/// The fields of a hash with their values.
using hash_fields = std::vector<std::pair<std::string, term>>;

/// A part of the fields of a hash.
struct field_page {
  hash_fields fields;

  /// Where the next page begins; empty at the end.
  std::string cursor;

  template <class Inspector>
  friend bool inspect(Inspector& f, field_page& x) {
    return f.object(x).fields(f.field("fields", x.fields),
                              f.field("cursor", x.cursor));
  }
};

/// What a store offers that holds hashes: a key with any number of fields, each
/// with a value. A hash is there as long as it has fields; its key has one
/// lifetime for all of them.
///
/// A `deadline` gives the key a new one, `never` takes the one that it has;
/// without one it keeps what it has.
///
/// All calls may give `errc::type_mismatch` where the key holds something else,
/// and the errors of an adapter.
///
/// Thread safety: as the adapter.
class hash_ops {
public:
  static constexpr std::string_view capability_name = "hash_ops";

  virtual ~hash_ops() = default;

  /// Returns the value of one field. (Redis: HGET, O(1).)
  virtual caf::expected<std::optional<term>>
  hash_get(std::string_view key, std::string_view field, time_point now) = 0;

  /// Returns all fields, none where there is no hash. (Redis: HGETALL, O(n).)
  virtual caf::expected<hash_fields>
  hash_get_all(std::string_view key, time_point now) = 0;

  /// Returns the values of some fields of many hashes, in their order, in one
  /// round trip. (Redis: HMGET.)
  virtual caf::expected<std::vector<std::vector<std::optional<term>>>>
  hash_get_many(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& wanted,
    time_point now)
    = 0;

  /// Returns the values of all fields. (Redis: HVALS, O(n).)
  virtual caf::expected<std::vector<term>>
  hash_values(std::string_view key, time_point now) = 0;

  /// Sets one field; tells whether it is new. (Redis: HSET, PEXPIRE.)
  virtual caf::expected<bool>
  hash_set(std::string_view key, std::string_view field, const term& value,
           std::optional<time_point> deadline, time_point now)
    = 0;

  /// Sets many fields of many hashes, in one round trip; returns how many are
  /// new. Not one step: others may see some before the others,
  /// and those before a failure stay. (Redis: HSET, PEXPIRE.)
  virtual caf::expected<uint64_t>
  hash_set_many(const std::vector<std::pair<std::string, hash_fields>>& hashes,
                std::optional<time_point> deadline, time_point now)
    = 0;

  /// Removes fields; returns how many there were. (Redis: HDEL.)
  virtual caf::expected<uint64_t>
  hash_delete(std::string_view key, const std::vector<std::string>& fields,
              time_point now)
    = 0;

  /// Returns some of the fields that `filter` lets through, from `cursor` on.
  /// (Redis: HSCAN.)
  /// @returns `errc::invalid_argument` for what is no cursor, a count of 0, or
  ///          a filter with a type
  virtual caf::expected<field_page>
  hash_scan(std::string_view key, std::string_view cursor,
            const scan_filter& filter, time_point now)
    = 0;
};

} // namespace actor_cache
