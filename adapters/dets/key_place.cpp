#include "key_place.hpp"

#include "../ets/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace actor_cache::dets_store {

namespace {

constexpr size_t longest_short = 480;
constexpr std::string_view terminator{"\0\0", 2};
constexpr std::string_view escaped_zero{"\0\xff", 2};
constexpr char long_mark = '\xff';
constexpr size_t number_size = 2;

/// Returns up to `longest_short + 1` bytes of `key` with zeros escaped.
std::string escaped(std::string_view key) {
  std::string result;
  for (auto c : key.substr(0, longest_short + 1))
    if (c == '\0')
      result += escaped_zero;
    else
      result += c;
  result.resize(std::min(result.size(), longest_short + 1));
  return result;
}

template <class T>
std::array<char, sizeof(T)> big_endian(T value) noexcept {
  std::array<char, sizeof(T)> result;
  for (size_t i = 0; i < sizeof(T); ++i)
    result[i] = static_cast<char>(value >> (8 * (sizeof(T) - 1 - i)));
  return result;
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Reads words alike on all machines.
uint64_t word_at(std::string_view bytes, size_t at) noexcept {
  uint64_t result = 0;
  for (size_t i = 0; i < 8 && at + i < bytes.size(); ++i)
    result |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[at + i]))
              << (8 * i);
  return result;
}

} // namespace

key_hash hash_of(std::string_view key) noexcept {
  using ets_table::folded_multiply;
  uint64_t low = 0x9e3779b97f4a7c15u ^ key.size();
  uint64_t high = 0xd1342543de82ef95u ^ key.size();
  for (size_t at = 0; at < key.size(); at += 8) {
    auto word = word_at(key, at);
    low = folded_multiply(word ^ 0xa0761d6478bd642fu,
                          low ^ 0xe7037ed1a0b428dbu);
    high = folded_multiply(word ^ 0x8ebc6af09c88c6e3u,
                           high ^ 0x589965cc75374cc3u);
  }
  key_hash result;
  std::ranges::copy(big_endian(low), result.begin());
  std::ranges::copy(big_endian(high), result.begin() + 8);
  return result;
}

key_place::key_place(std::string_view key, hash_fn hash) {
  append(first_place);
  auto plain = key.size() <= longest_short
               && std::memchr(key.data(), 0, key.size()) == nullptr;
  if (plain || key.empty()) {
    append(key);
    append(terminator);
    return;
  }
  auto bytes = escaped(key);
  long_ = bytes.size() > longest_short;
  append(std::string_view{bytes}.substr(0, longest_short));
  if (!long_) {
    append(terminator);
    return;
  }
  append({&long_mark, 1});
  auto digest = hash(key);
  append({digest.data(), digest.size()});
}

std::optional<key_place> key_place::of_record(std::string_view bytes,
                                              bool long_key,
                                              size_t version_size) {
  if (bytes.size() <= version_size || bytes.size() > max_size)
    return std::nullopt;
  key_place result;
  result.append(bytes.substr(0, bytes.size() - version_size));
  result.long_ = long_key;
  return result;
}

std::optional<key_place> key_place::from_cursor(std::string_view text) {
  key_place result;
  if (text.size() % 2 != 0 || text.size() / 2 >= max_size
      || !text.starts_with("01"))
    return std::nullopt;
  for (size_t at = 0; at < text.size(); at += 2) {
    auto high = hex_digit(text[at]);
    auto low = hex_digit(text[at + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    auto byte = static_cast<char>(high * 16 + low);
    result.append({&byte, 1});
  }
  return result;
}

std::string key_place::to_cursor() const {
  std::string result;
  for (auto c : bytes())
    result += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return result;
}

key_place key_place::unnumbered() const noexcept {
  auto result = *this;
  // A cursor from elsewhere may have any size.
  if (long_)
    result.size_ -= std::min(size_, number_size);
  return result;
}

key_place key_place::numbered(uint16_t number) const noexcept {
  auto result = *this;
  auto bytes = big_endian(number);
  result.append({bytes.data(), bytes.size()});
  return result;
}

key_place key_place::versioned(uint64_t version) const noexcept {
  auto result = *this;
  auto bytes = big_endian(version);
  result.append({bytes.data(), bytes.size()});
  return result;
}

key_place key_place::end() const noexcept {
  auto result = *this;
  // More than a number and a version.
  constexpr size_t behind = number_size + sizeof(uint64_t) + 1;
  std::array<char, behind> bytes;
  bytes.fill('\xff');
  result.append({bytes.data(), std::min(behind, max_size - size_)});
  return result;
}

std::string key_place::short_key() const {
  std::string result;
  auto text = bytes();
  if (text.size() < first_place.size() + terminator.size())
    return result;
  text.remove_prefix(first_place.size());
  text.remove_suffix(terminator.size());
  for (size_t at = 0; at < text.size(); ++at) {
    result += text[at];
    if (text[at] == '\0')
      ++at;
  }
  return result;
}

bool place_before(std::string_view x, std::string_view y, hash_fn hash) {
  // With all zeros escaped these are short still, and in their bytes' order.
  constexpr auto surely_short = longest_short / 2;
  if (x.size() <= surely_short && y.size() <= surely_short)
    return x < y;
  key_place left{x, hash};
  key_place right{y, hash};
  auto order = left.bytes().compare(right.bytes());
  return order != 0 ? order < 0 : x < y;
}

void key_place::append(std::string_view bytes) noexcept {
  std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

} // namespace actor_cache::dets_store
