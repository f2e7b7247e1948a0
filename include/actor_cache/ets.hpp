#pragma once

#include "actor_cache/cache.hpp"
#include "actor_cache/detail/ets_change_calls.hpp"
#include "actor_cache/detail/ets_copy_calls.hpp"
#include "actor_cache/detail/ets_field_calls.hpp"
#include "actor_cache/detail/ets_object_calls.hpp"
#include "actor_cache/detail/ets_select_calls.hpp"
#include "actor_cache/detail/ets_table_calls.hpp"
#include "actor_cache/table_actor.hpp"

namespace actor_cache {

/// Names the ets adapter in the type of a handle: `cache<user, ets>` has,
/// beyond the calls of every cache, the counterparts of what ElixirCache passes
/// to
/// `:ets`. docs/ets.md has a table of all.
///
/// Each returns a `caf::expected` and never throws; functions of the user's run
/// without a lock, and what they throw becomes `errc::exception`.
struct ets {
  static constexpr std::string_view name = "ets";

  using actor_type = table_actor;

  template <class Cache, class V>
  class calls : public detail::ets_object_calls<Cache, V>,
                public detail::ets_select_calls<Cache, V>,
                public detail::ets_change_calls<Cache, V>,
                public detail::ets_field_calls<Cache, V>,
                public detail::ets_copy_calls<Cache, V>,
                public detail::ets_table_calls<Cache, V> {};
};

} // namespace actor_cache
