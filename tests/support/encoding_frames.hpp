#pragma once

#include "../../adapters/encoding/checksum.hpp"
#include "../../adapters/encoding/frame.hpp"

#include "actor_cache/encoding.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// Returns the encoding of `value`, which must succeed.
template <class V>
std::string
encoded(const V& value, const actor_cache::compression_options& options = {}) {
  auto bytes = actor_cache::encode(value, options);
  if (bytes)
    return std::move(*bytes);
  throw std::runtime_error(actor_cache::message_of(bytes.error()));
}

/// Returns the value in `bytes`, which must be there.
template <class V>
V decoded(std::string_view bytes) {
  auto value = actor_cache::decode<V>(bytes);
  if (value)
    return std::move(*value);
  throw std::runtime_error(actor_cache::message_of(value.error()));
}

/// Puts a correct header for a value of type `V` before `payload`.
template <class V>
std::string framed(std::string_view payload) {
  auto frame = std::string(actor_cache::detail::header_size, '\0');
  frame += payload;
  return actor_cache::detail::seal(std::move(frame),
                                   actor_cache::fingerprint<V>(), {});
}

/// Replaces the version and flags of `frame` and makes the checksum fit again.
inline std::string reframed(std::string frame, uint8_t version, uint8_t flags) {
  constexpr size_t checksum_at = 10;
  frame[0] = static_cast<char>(version);
  frame[1] = static_cast<char>(flags);
  auto bytes = std::string_view{frame};
  auto checksum = actor_cache::detail::crc32c(
    bytes.substr(actor_cache::detail::header_size),
    actor_cache::detail::crc32c(bytes.substr(0, checksum_at)));
  for (size_t i = 0; i < 4; ++i)
    frame[checksum_at + i] = static_cast<char>(checksum >> 8 * i & 0xff);
  return frame;
}

/// Returns the payload of an uncompressed encoding.
inline std::string payload_of(std::string_view bytes) {
  return std::string{bytes.substr(actor_cache::detail::header_size)};
}

/// Passes the payload of `value` off as a `To`, as if the type had changed and
/// kept its name.
template <class To, class From>
std::string as_older_form_of(const From& value) {
  return framed<To>(payload_of(encoded(value)));
}
