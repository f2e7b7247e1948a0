#pragma once

#include "actor_cache/adapters/ets_file.hpp"
#include "actor_cache/entry.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What the tree holds for each object. All numbers are little endian:
//
//   4  CRC-32C of the place and of all up to the value
//   1  flags: 1 where the key is long
//   8  version
//   8  when the object's time is over: nanoseconds since 1970; 2^63 - 1 is
//   never 4  how long it is kept after that, in milliseconds 4, n  length of a
//   long key, the key v  the value, with a checksum of its own; see
//   docs/encoding.md

namespace actor_cache::dets_store {

/// Turns points in time of a cache into those of the wall clock and back.
class time_base {
public:
  time_base() = default;

  time_base(time_point now, wall_time wall) noexcept;

  int64_t to_wall(time_point x) const noexcept;

  time_point from_wall(int64_t nanoseconds) const noexcept;

private:
  int64_t offset_ = 0;
};

/// A record in the tree, as long as the transaction that found it.
struct record {
  actor_cache::version version = 0;
  int64_t deadline = 0;
  uint32_t stale_for = 0;
  std::optional<std::string_view> long_key;
  std::string_view value;

  /// Returns the entry without its value.
  entry head(const time_base& time) const noexcept;

  /// Returns the entry with its value.
  entry content(const time_base& time) const;
};

/// Returns the record with the physical key `place`; nothing where its bytes
/// cannot be trusted.
std::optional<record> read_record(std::string_view place,
                                  std::string_view bytes) noexcept;

/// Appends a record to `out`.
void write_record(std::string& out, std::string_view place, const record& x);

} // namespace actor_cache::dets_store
