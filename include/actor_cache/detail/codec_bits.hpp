#pragma once

#include "actor_cache/detail/codec_dispatch.hpp"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::detail {

/// Packs booleans that `at(i)` returns.
template <class At>
void save_bits(wire::writer& out, size_t count, At at) {
  auto packed = std::string((count + 7) / 8, '\0');
  for (size_t i = 0; i < count; ++i)
    if (at(i))
      packed[i / 8] = static_cast<char>(packed[i / 8] | 1 << i % 8);
  out.bits(packed, count);
}

inline bool bit_at(std::string_view packed, size_t i) {
  return (static_cast<uint8_t>(packed[i / 8]) >> i % 8 & 1) != 0;
}

template <class Alloc>
struct standard<std::vector<bool, Alloc>> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, const std::vector<bool, Alloc>& value) {
    save_bits(out, value.size(), [&value](size_t i) { return value[i]; });
    return true;
  }

  static bool load(wire::reader& in, std::vector<bool, Alloc>& value) {
    std::string_view packed;
    size_t count = 0;
    if (!in.bits(packed, count))
      return false;
    value.assign(count, false);
    for (size_t i = 0; i < count; ++i)
      value[i] = bit_at(packed, i);
    return true;
  }
};

template <size_t N>
struct standard<std::bitset<N>> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, const std::bitset<N>& value) {
    save_bits(out, N, [&value](size_t i) { return value[i]; });
    return true;
  }

  static bool load(wire::reader& in, std::bitset<N>& value) {
    std::string_view packed;
    size_t count = 0;
    if (!in.bits(packed, count))
      return false;
    if (count != N)
      return in.fail(errc::type_mismatch, "expected " + std::to_string(N)
                                            + " bits but found "
                                            + std::to_string(count));
    for (size_t i = 0; i < N; ++i)
      value[i] = bit_at(packed, i);
    return true;
  }
};

} // namespace actor_cache::detail
