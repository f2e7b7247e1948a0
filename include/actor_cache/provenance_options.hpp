#pragma once

#include "actor_cache/field.hpp"

#include <cstddef>
#include <tuple>

namespace actor_cache {

/// What a cache remembers so that `explain` can tell where values come from.
struct provenance_options {
  /// How many keys it remembers, the latest ones; 0 for none.
  size_t keys = 256;

  /// Whether it remembers what calls write, beside what they load. That takes a
  /// lock which all writers share.
  bool writes = false;

  static constexpr auto fields = std::tuple{
    field{"keys", &provenance_options::keys},
    field{"writes", &provenance_options::writes},
  };
};

} // namespace actor_cache
