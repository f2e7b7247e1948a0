#pragma once

#include "actor_cache/detail/con_cache_calls.hpp"
#include "actor_cache/ets.hpp"

namespace actor_cache {

/// Names the con_cache adapter in the type of a handle: `cache<account,
/// con_cache>` has, beyond the calls of every cache and those of `ets`,
/// sections under the lock of a key and the counterparts of ConCache's
/// functions. docs/con_cache.md has a table of all. Its `update` runs under the
/// lock too.
struct con_cache {
  static constexpr std::string_view name = "con_cache";

  /// `update` takes the lock of the key.
  using updates_in_isolation = void;

  template <class Cache, class V>
  class calls : public ets::calls<Cache, V>,
                public detail::con_cache_calls<Cache, V> {};
};

} // namespace actor_cache
