#pragma once

#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace actor_cache::redis_wire {

/// What an entry looks like on a Redis server: 24 bytes, then the encoded term.
///
/// | bytes | content |
/// |---|---|
/// | 1 | 0xAC |
/// | 1 | 0x01, the version of this format |
/// | 2 | 0, reserved |
/// | 4 | the stale window in milliseconds |
/// | 8 | the version of the entry |
/// | 8 | the deadline in nanoseconds since 1970 on the server's clock, signed |
///
/// All numbers are big-endian.
struct envelope {
  /// The deadline of an entry that never expires.
  static constexpr int64_t never = std::numeric_limits<int64_t>::max();

  static constexpr size_t header_size = 24;

  actor_cache::version version = 0;

  /// Nanoseconds since 1970 on the server's clock.
  int64_t deadline = never;

  uint32_t stale_ms = 0;

  /// The encoded term. Lives as long as what it was read from.
  std::string_view payload;

  bool operator==(const envelope&) const = default;
};

/// Tells whether a cache can have written `bytes`: all others are documents, or
/// somebody else's.
bool is_envelope(std::string_view bytes) noexcept;

/// Returns the bytes to store.
std::string seal_envelope(const envelope& what);

/// Returns a number as an envelope has it.
std::string envelope_bytes(uint64_t number);

/// Reads what `seal_envelope` returned; the payload is not looked at.
/// @returns `errc::corrupt_value` for bytes that are no such envelope
caf::expected<envelope> open_envelope(std::string_view bytes);

} // namespace actor_cache::redis_wire
