#pragma once

#include "actor_cache/field.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <tuple>

namespace actor_cache {

/// Whether encoded values are compressed.
struct compression_options {
  /// 0 is off, 1 to 9 are on. Snappy, which compresses, knows no levels: 1 to 9
  /// do the same.
  int level = 0;

  /// The size in bytes from which on a value is compressed. One that would not
  /// shrink is stored as it is, whatever its size.
  size_t threshold = 1024;

  /// @returns `errc::invalid_argument` where `level` is not within 0 to 9
  caf::error validate() const;

  static constexpr auto fields = std::tuple{
    field{"level", &compression_options::level},
    field{"threshold", &compression_options::threshold},
  };
};

} // namespace actor_cache
