#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/errc.hpp"

#include <caf/expected.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace actor_cache::detail {

/// Makes the error that stands for an exception from the user's code or the
/// allocator. Must be called in a handler.
caf::error current_exception_error() noexcept;

/// Calls `f`, which returns a `caf::expected`; an exception becomes
/// `errc::exception`.
template <class F>
std::invoke_result_t<F&> guarded(F&& f) noexcept {
  try {
    return f();
  } catch (...) {
    return current_exception_error();
  }
}

template <class T>
struct value_of;

/// What a `caf::expected` is expected to hold.
template <class T>
struct value_of<caf::expected<T>> {
  using type = T;
};

/// Adds the cache and the key to an error about a stored value.
caf::error explain(caf::error err, std::string_view cache,
                   std::string_view key);

/// Returns the key among the arguments of a call, if any.
inline std::string_view key_of() noexcept {
  return {};
}

template <class T, class... Ts>
std::string_view key_of(const T& x, const Ts&...) noexcept {
  if constexpr (std::is_same_v<T, std::string_view>)
    return x;
  else
    return {};
}

/// Returns `x`; an error about a stored value names the cache and the key.
template <class T>
caf::expected<T>
explained(caf::expected<T> x, std::string_view cache, std::string_view key) {
  if (!x)
    x = explain(std::move(x.error()), cache, key);
  return x;
}

/// Turns a function that returns a `V` or a `caf::expected<V>` into a loader
/// that owns it.
template <class V, class F>
loader make_loader(F fun) {
  auto shared = std::make_shared<F>(std::move(fun));
  return [shared]() -> caf::expected<term> {
    caf::expected<V> value = (*shared)();
    if (!value)
      return std::move(value.error());
    return term::of(std::move(*value));
  };
}

inline std::string to_member(std::string_view x) {
  return std::string{x};
}

template <class T>
  requires(!std::is_convertible_v<const T&, std::string_view>)
T&& to_member(T&& x) noexcept {
  return std::forward<T>(x);
}

template <class Op, class... Ts>
Op make_message(Ts&&... xs) {
  return Op{to_member(std::forward<Ts>(xs))...};
}

} // namespace actor_cache::detail
