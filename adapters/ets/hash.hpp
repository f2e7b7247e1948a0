#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace actor_cache::ets_table {

/// Multiplies to 128 bits and folds the halves: each bit of the result depends
/// on each bit of both arguments.
inline uint64_t folded_multiply(uint64_t x, uint64_t y) noexcept {
  __extension__ using wide = unsigned __int128;
  auto product = static_cast<wide>(x) * y;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <class Word>
uint64_t load_word(const char* bytes) noexcept {
  Word result;
  std::memcpy(&result, bytes, sizeof(result));
  return result;
}

/// Compares keys; short ones without a call, as nearly all are.
inline bool same_key(std::string_view x, std::string_view y) noexcept {
  auto size = x.size();
  if (size != y.size())
    return false;
  auto same_word = [&](size_t at) {
    return load_word<uint64_t>(x.data() + at)
           == load_word<uint64_t>(y.data() + at);
  };
  if (size < 8 || size > 16)
    return x == y;
  return same_word(0) && same_word(size - 8);
}

/// Hashes a key. The seed is secret and random, so that nobody can prepare keys
/// that fall together. All 64 bits are good: the table takes shards from the
/// low ones and the order of entries from the high ones.
inline uint64_t hash_key(std::string_view key, uint64_t seed) noexcept {
  constexpr uint64_t odd1 = 0x9e3779b97f4a7c15u;
  constexpr uint64_t odd2 = 0xd1342543de82ef95u;
  const auto* bytes = key.data();
  auto left = key.size();
  auto hash = seed;
  for (; left > 16; bytes += 16, left -= 16)
    hash = folded_multiply(load_word<uint64_t>(bytes) ^ odd1,
                           load_word<uint64_t>(bytes + 8) ^ hash);
  uint64_t first = 0;
  uint64_t last = 0;
  if (left >= 8) {
    first = load_word<uint64_t>(bytes);
    last = load_word<uint64_t>(bytes + left - 8);
  } else if (left >= 4) {
    first = load_word<uint32_t>(bytes);
    last = load_word<uint32_t>(bytes + left - 4);
  } else if (left > 0) {
    first = static_cast<unsigned char>(bytes[0]);
    last = static_cast<uint64_t>(static_cast<unsigned char>(bytes[left / 2]))
             << 8
           | static_cast<unsigned char>(bytes[left - 1]);
  }
  hash = folded_multiply(first ^ odd1, last ^ hash);
  return folded_multiply(hash ^ key.size(), odd2);
}

/// A hash function with its seed.
struct key_hasher {
  uint64_t (*function)(std::string_view key, uint64_t seed) = hash_key;
  uint64_t seed = 0;

  uint64_t operator()(std::string_view key) const {
    return function(key, seed);
  }
};

} // namespace actor_cache::ets_table
