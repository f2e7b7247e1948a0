#include "checksum.hpp"

#include <array>
#include <cstddef>
#include <cstring>

namespace actor_cache::detail {

namespace {

using table = std::array<std::array<uint32_t, 256>, 8>;

/// Slicing-by-8 after Kounavis and Berry, "A systematic approach to building
/// high performance software-based CRC generators" (2005).
constexpr table make_table() {
  auto result = table{};
  for (uint32_t i = 0; i < 256; ++i) {
    auto crc = i;
    for (auto bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    result[0][i] = crc;
  }
  for (size_t slice = 1; slice < 8; ++slice)
    for (size_t i = 0; i < 256; ++i) {
      auto previous = result[slice - 1][i];
      result[slice][i] = previous >> 8 ^ result[0][previous & 0xff];
    }
  return result;
}

constexpr auto slices = make_table();

uint32_t little_endian(const unsigned char* bytes) noexcept {
  return static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8
         | static_cast<uint32_t>(bytes[2]) << 16
         | static_cast<uint32_t>(bytes[3]) << 24;
}

uint32_t by_tables(std::string_view bytes, uint32_t seed) noexcept {
  auto pos = reinterpret_cast<const unsigned char*>(bytes.data());
  auto count = bytes.size();
  auto crc = ~seed;
  for (; count >= 8; count -= 8, pos += 8) {
    auto low = little_endian(pos) ^ crc;
    auto high = little_endian(pos + 4);
    crc = slices[7][low & 0xff] ^ slices[6][low >> 8 & 0xff]
          ^ slices[5][low >> 16 & 0xff] ^ slices[4][low >> 24]
          ^ slices[3][high & 0xff] ^ slices[2][high >> 8 & 0xff]
          ^ slices[1][high >> 16 & 0xff] ^ slices[0][high >> 24];
  }
  for (; count > 0; --count, ++pos)
    crc = crc >> 8 ^ slices[0][(crc ^ *pos) & 0xff];
  return ~crc;
}

#ifdef __x86_64__

/// By the instruction that the processor has for it.
[[gnu::target("sse4.2")]] uint32_t by_instruction(std::string_view bytes,
                                                  uint32_t seed) noexcept {
  auto pos = bytes.data();
  auto count = bytes.size();
  uint64_t crc = ~seed;
  for (; count >= 8; count -= 8, pos += 8) {
    uint64_t word = 0;
    std::memcpy(&word, pos, sizeof(word));
    crc = __builtin_ia32_crc32di(crc, word);
  }
  auto last = static_cast<uint32_t>(crc);
  for (; count > 0; --count, ++pos)
    last = __builtin_ia32_crc32qi(last, static_cast<unsigned char>(*pos));
  return ~last;
}

const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;

#endif

} // namespace

uint32_t crc32c(std::string_view bytes, uint32_t seed) noexcept {
#ifdef __x86_64__
  if (has_instruction)
    return by_instruction(bytes, seed);
#endif
  return by_tables(bytes, seed);
}

uint32_t portable_crc32c(std::string_view bytes, uint32_t seed) noexcept {
  return by_tables(bytes, seed);
}

} // namespace actor_cache::detail
