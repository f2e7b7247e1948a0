#pragma once

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/observed.hpp"
#include "actor_cache/detail/update_attempts.hpp"

#include <string>
#include <string_view>
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

  /// Updates a key as `cache::update` does for most adapters, as a part of
  /// another call.
  template <class Cache, class F, class Lifetime>
  static auto update_freely(const Cache& cache, std::string_view key, F f,
                            Lifetime lifetime) {
    return cache.update_freely(key, std::move(f), lifetime);
  }

  /// Returns the attempts that one update has.
  template <class Calls>
  static update_attempts attempts(const Calls& calls) {
    return {std::string{calls.at_->name()}, calls.at_->call_timeout()};
  }

  /// Makes the call `Op`, in the way of `calls`, with a conversion of its own.
  template <class Op, class Calls, class Convert, class... Ts>
  static auto call(const Calls& calls, Convert convert, Ts&&... xs) {
    return calls.template call<Op>(convert, std::forward<Ts>(xs)...);
  }

  /// Makes the call `Op` as a part of another call, of which telemetry knows.
  template <class Op, class Cache, class Convert, class... Ts>
  static auto part(const Cache& cache, Convert convert, Ts&&... xs) {
    return cache.template part<Op>(convert, std::forward<Ts>(xs)...);
  }

  /// Makes a call of a user's that consists of others: returns `f()`, a
  /// `caf::expected`; an exception becomes `errc::exception`. Telemetry knows
  /// it as `what`, or where calls are mail as the messages that it sends.
  template <class Cache, class F>
  static auto compose(const Cache& cache, call_name what, F&& f) {
    return guarded([&] {
      auto engine = direct(cache);
      return engine != nullptr ? observed(*engine, what, f) : f();
    });
  }

  /// Returns a `pending<T>` that `f(order, done)` answers.
  template <class T, class Calls, class F>
  static auto start(const Calls& calls, F f) {
    return calls.template start<T>(std::move(f));
  }
};

} // namespace actor_cache::detail
