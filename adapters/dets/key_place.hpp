#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Where the records of a key lie in the tree; docs/dets.md describes it.
//
//   short keys:  01 <key, 00 as 00 FF> 00 00
//   long keys:   01 <the first 480 bytes of that> FF <hash of the key> <number>
//
// In a bag the version of the object follows, the highest byte first. No place
// is the beginning of another, and short keys are in the order of their bytes.

namespace actor_cache::dets_store {

/// A hash of 128 bits; those that are stored must never change.
using key_hash = std::array<char, 16>;

using hash_fn = key_hash (*)(std::string_view key);

/// Returns the hash that files are made with.
key_hash hash_of(std::string_view key) noexcept;

/// What comes before the number in the place of a long key tells less than the
/// key: its records hold the key as well.
class key_place {
public:
  /// The room that any place needs, with a version behind it.
  static constexpr size_t max_size = 511;

  /// Returns the place of a short key, and that of a long key without the
  /// number.
  key_place(std::string_view key, hash_fn hash);

  /// Returns the place that the record with the physical key `bytes` has.
  /// @param version_size the bytes that follow the place in each record
  static std::optional<key_place> of_record(std::string_view bytes,
                                            bool long_key, size_t version_size);

  /// Reads what `to_cursor` returned.
  static std::optional<key_place> from_cursor(std::string_view text);

  std::string to_cursor() const;

  bool is_long() const noexcept {
    return long_;
  }

  std::string_view bytes() const noexcept {
    return {bytes_.data(), size_};
  }

  /// Returns the place without the number that it has if it is a record's and
  /// the key is long.
  key_place unnumbered() const noexcept;

  /// Returns the place of the long key with that number.
  key_place numbered(uint16_t number) const noexcept;

  /// Returns the physical key of the object with that version.
  key_place versioned(uint64_t version) const noexcept;

  /// Returns what is behind all records of this place and before all others.
  key_place end() const noexcept;

  /// Returns the short key that has this place.
  std::string short_key() const;

private:
  key_place() = default;

  void append(std::string_view bytes) noexcept;

  std::array<char, max_size> bytes_;
  size_t size_ = 0;
  bool long_ = false;
};

/// Tells whether the records of one key come before those of the other one,
/// without a look into the tree; keys with one hash are in the order of their
/// bytes.
bool place_before(std::string_view x, std::string_view y, hash_fn hash);

/// The place before all others.
inline constexpr std::string_view first_place{"\x01", 1};

} // namespace actor_cache::dets_store
