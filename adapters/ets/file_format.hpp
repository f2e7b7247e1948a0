#pragma once

#include "actor_cache/adapters/ets_file.hpp"
#include "actor_cache/ttl.hpp"

#include "../encoding/checksum.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

// The format of table files; docs/ets.md describes it. All numbers are little
// endian.

namespace actor_cache::ets_table {

/// Not text, and broken by whatever converts line ends.
inline constexpr std::string_view file_magic{"\x89"
                                             "ACETS\r\n",
                                             8};

inline constexpr uint32_t file_version = 1;

/// What comes before each entry, and before the end.
inline constexpr uint8_t entry_tag = 1;
inline constexpr uint8_t end_tag = 0;

/// The expiry of an entry that lives without an end.
inline constexpr int64_t no_expiry = std::numeric_limits<int64_t>::max();

template <class T>
void append_number(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
}

template <class T>
T number_at(const char* bytes) noexcept {
  uint64_t result = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    result |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i]))
              << (8 * i);
  return static_cast<T>(result);
}

/// Returns nanoseconds since 1970.
inline int64_t to_nanoseconds(wall_time x) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           x.time_since_epoch())
    .count();
}

/// Returns when, in nanoseconds since 1970, a lifetime that begins now ends.
inline int64_t expiry(wall_time now, ttl remaining) noexcept {
  auto begin = to_nanoseconds(now);
  if (remaining.is_infinite() || begin >= no_expiry - remaining.span().count())
    return no_expiry;
  return begin + remaining.span().count();
}

} // namespace actor_cache::ets_table
