#pragma once

#include "actor_cache/cache_actor.hpp"

#include <string_view>

namespace actor_cache {

namespace detail {

/// The actor of a cache with a certain adapter: that of every cache, where the
/// adapter names no `actor_type`.
template <class Adapter>
struct actor_of {
  using type = cache_actor;
};

template <class Adapter>
  requires requires { typename Adapter::actor_type; }
struct actor_of<Adapter> {
  using type = typename Adapter::actor_type;
};

} // namespace detail

/// Stands for whatever adapter the cache has.
struct any_adapter {
  /// The adapter that a cache must have for such a handle; any if empty.
  static constexpr std::string_view name = {};

  /// What handles offer beyond the calls that every cache answers.
  template <class Cache, class V>
  class calls {};
};

} // namespace actor_cache
