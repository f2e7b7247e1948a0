#pragma once

#include "actor_cache/detail/cache_calls.hpp"
#include "actor_cache/detail/store_access.hpp"

#include <utility>

namespace actor_cache::detail {

/// The calls of a cache for use in another call of it: telemetry knows that one
/// only. (By mail each is a call that the cache's actor answers.)
template <class Cache, class V>
class inner_calls : public cache_calls<inner_calls<Cache, V>, V> {
public:
  explicit inner_calls(const Cache& cache) noexcept : cache_(cache) {
    // nop
  }

private:
  friend class cache_calls<inner_calls, V>;

  template <class Op, class Convert, class... Ts>
  auto call(Convert convert, Ts&&... xs) const {
    return store_access::part<Op>(cache_, convert, std::forward<Ts>(xs)...);
  }

  const Cache& cache_;
};

} // namespace actor_cache::detail
