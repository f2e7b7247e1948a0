#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace actor_cache::detail {

template <class Signature>
class function_ref;

/// A callable borrowed for the time of one call: two words, no allocation.
/// (What C++26 has as `std::function_ref`.)
template <class R, class... Ts>
class function_ref<R(Ts...)> {
public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, function_ref>
             && std::is_invocable_r_v<R, F&, Ts...>)
  function_ref(F&& f) noexcept
    : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
      call_([](void* object, Ts... xs) -> R {
        using fun = std::remove_reference_t<F>;
        return std::invoke(*static_cast<fun*>(object), std::forward<Ts>(xs)...);
      }) {
    // nop
  }

  R operator()(Ts... xs) const {
    return call_(object_, std::forward<Ts>(xs)...);
  }

private:
  void* object_;
  R (*call_)(void*, Ts...);
};

} // namespace actor_cache::detail
