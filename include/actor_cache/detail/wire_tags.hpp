#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

namespace actor_cache::detail {

/// Holds an archive of cereal's, which the wire format itself does not know.
template <class Archive>
using archive_slot = std::unique_ptr<Archive, void (*)(Archive*)>;

} // namespace actor_cache::detail

namespace actor_cache::wire {

/// The byte before each item of a payload: it says what the item is, so that
/// a reader that expects another thing notices. docs/encoding.md lists what
/// follows each.
enum class tag : uint8_t {
  no = 0x01,
  yes = 0x02,
  i8 = 0x10,
  i16 = 0x11,
  i32 = 0x12,
  i64 = 0x13,
  u8 = 0x14,
  u16 = 0x15,
  u32 = 0x16,
  u64 = 0x17,
  f32 = 0x18,
  f64 = 0x19,
  extended = 0x1a,
  text = 0x20,
  array = 0x21,
  bits = 0x22,
  sequence = 0x30,
  map = 0x31,
  tuple = 0x32,
  absent = 0x40,
  present = 0x41,
  alternative = 0x42,
  shared = 0x43,
  shared_again = 0x44,
  object = 0x50,
  object_end = 0x51,
  /// 0x80 to 0xff: a field; its low seven bits and the byte after it check the
  /// field's name.
  field = 0x80,
};

/// How deep items may contain one another.
inline constexpr size_t max_depth = 200;

/// Numbers that are stored as they are: everything arithmetic but `bool`, which
/// is its tag, and `long double`, whose layout differs from machine to machine.
template <class T>
concept plain_number = std::is_arithmetic_v<T> && !std::same_as<T, bool>
                       && !std::same_as<T, long double> && sizeof(T) <= 8;

/// Returns the tag of a plain number. Characters are unsigned everywhere,
/// because the sign of `char` and `wchar_t` differs from machine to machine.
template <plain_number T>
constexpr tag tag_of() {
  constexpr auto width = std::countr_zero(sizeof(T));
  if constexpr (std::floating_point<T>)
    return sizeof(T) == 4 ? tag::f32 : tag::f64;
  else if constexpr (std::is_signed_v<T> && !std::same_as<T, char>
                     && !std::same_as<T, wchar_t>)
    return static_cast<tag>(static_cast<int>(tag::i8) + width);
  else
    return static_cast<tag>(static_cast<int>(tag::u8) + width);
}

/// Turns `count` numbers at `data` from this machine's byte order into little
/// endian, or back.
template <plain_number T>
void swap_if_big_endian([[maybe_unused]] char* data,
                        [[maybe_unused]] size_t count) {
  if constexpr (std::endian::native == std::endian::big && sizeof(T) > 1) {
    for (size_t i = 0; i < count; ++i, data += sizeof(T))
      for (size_t a = 0, b = sizeof(T) - 1; a < b; ++a, --b) {
        auto tmp = data[a];
        data[a] = data[b];
        data[b] = tmp;
      }
  }
}

/// Returns the 15 bits that stand for a field's name.
constexpr uint16_t name_check(std::string_view name) {
  auto hash = uint32_t{0x811c9dc5};
  for (auto c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x01000193u;
  }
  return static_cast<uint16_t>((hash >> 15 ^ hash) & 0x7fff);
}

} // namespace actor_cache::wire
