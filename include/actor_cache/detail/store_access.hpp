#pragma once

#include <utility>

namespace actor_cache::detail {

/// Opens handles to the calls that one adapter has beyond those of every cache.
class store_access {
public:
  /// Returns the engine whose store may be used on this thread, null where
  /// calls are mail.
  template <class Cache>
  static auto direct(const Cache& cache) {
    return cache.direct();
  }

  /// Returns the capability `T` of the store of `engine`, null where it lacks
  /// it or there is no engine. Lives as long as `engine`.
  template <class T, class Engine>
  static T* capability(const Engine& engine) noexcept {
    return engine != nullptr ? engine->template capability<T>() : nullptr;
  }

  /// Makes one of the calls of every cache, with a conversion of its own.
  template <class Op, class Cache, class Convert, class... Ts>
  static auto call(const Cache& cache, Convert convert, Ts&&... xs) {
    return cache.template call<Op>(convert, std::forward<Ts>(xs)...);
  }
};

} // namespace actor_cache::detail
