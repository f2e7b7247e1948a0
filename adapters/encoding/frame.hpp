#pragma once

#include "actor_cache/compression_options.hpp"
#include "actor_cache/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The header around a payload. docs/encoding.md has its layout.

namespace actor_cache::detail {

/// The bytes before the payload.
inline constexpr size_t header_size = 14;

/// Fills in the header of `frame`, whose payload starts at `header_size`, and
/// compresses the payload where `compression` asks for it and it pays.
std::string seal(std::string frame, uint64_t fingerprint,
                 const compression_options& compression);

/// What `open` found.
struct opened {
  /// `errc::none` if all is well.
  errc code = errc::none;
  std::string reason;
  uint64_t fingerprint = 0;
  std::string_view payload;
  /// Holds what `payload` points to if that was compressed.
  std::string storage;
};

/// Takes a frame apart: checks version, flags and checksum, and decompresses.
opened open(std::string_view frame);

/// Returns the fingerprint in the header of `frame`, or zero if it has none.
uint64_t peek_fingerprint(std::string_view frame) noexcept;

} // namespace actor_cache::detail
