#pragma once

#include <caf/actor_config.hpp>

#include <functional>
#include <utility>

namespace actor_cache::detail {

/// The signature of a function that implements an actor.
template <class F>
struct signature_of : signature_of<decltype(&F::operator())> {};

template <class R, class... Ts>
struct signature_of<R (*)(Ts...)> {
  /// Wraps `fun` so that `first()` runs before it, with the same signature:
  /// CAF reads the type of the actor from that.
  template <class First, class F>
  static auto prefix(First first, F fun) {
    return
      [first = std::move(first), fun = std::move(fun)](Ts... xs) mutable -> R {
        first();
        return fun(std::forward<Ts>(xs)...);
      };
  }
};

template <class R, class C, class... Ts>
struct signature_of<R (C::*)(Ts...)> : signature_of<R (*)(Ts...)> {};

template <class R, class C, class... Ts>
struct signature_of<R (C::*)(Ts...) const> : signature_of<R (*)(Ts...)> {};

template <class F, class First>
auto run_before(First first, F fun) {
  return signature_of<F>::prefix(std::move(first), std::move(fun));
}

/// An actor that belongs to a sandbox before it runs.
template <class Impl, class Sandbox>
class sandboxed_actor : public Impl {
public:
  template <class... Ts>
  sandboxed_actor(caf::actor_config& cfg, const Sandbox& box, Ts&&... xs)
    : Impl(cfg, std::forward<Ts>(xs)...) {
    // The actor whose constructor this is counts as the one that runs.
    static_cast<void>(box.allow_running_actor());
  }
};

} // namespace actor_cache::detail
