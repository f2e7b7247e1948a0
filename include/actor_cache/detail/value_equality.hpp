#pragma once

#include "actor_cache/detail/raw_type_name.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace actor_cache::detail {

template <class T>
concept has_equal_operator = requires(const T& x, const T& y) {
  { x == y } -> std::convertible_to<bool>;
};

/// Tells whether `==` compares the values of two `T`. The standard's templates
/// offer `==` for elements that have none, and that of pointers looks at
/// addresses, so both are looked into.
template <class T>
struct value_equality {
  static constexpr bool value = has_equal_operator<T>;
};

template <class T>
struct value_equality<const T> : value_equality<T> {};

template <class T>
struct value_equality<T*> : std::false_type {};

template <class T, class D>
struct value_equality<std::unique_ptr<T, D>> : std::false_type {};

template <class T>
struct value_equality<std::shared_ptr<T>> : std::false_type {};

template <class T, size_t N>
struct value_equality<std::array<T, N>> : value_equality<T> {};

template <template <class...> class Template, class... Ts>
struct value_equality<Template<Ts...>> {
private:
  /// Comparisons, hash functions and allocators are no part of the value.
  template <class T>
  static consteval bool ignored() {
    return std::is_empty_v<T> && begins_with(raw_type_name<T>(), "std::");
  }

  static consteval bool check() {
    if constexpr (((ignored<Ts>() || value_equality<Ts>::value) && ...))
      return has_equal_operator<Template<Ts...>>;
    else
      return false;
  }

public:
  static constexpr bool value = check();
};

template <class T>
bool equal_objects(const void* x, const void* y) {
  return static_cast<bool>(*static_cast<const T*>(x)
                           == *static_cast<const T*>(y));
}

/// Returns the function that compares two `T`, null where there is none.
template <class T>
consteval auto equality_of() -> bool (*)(const void*, const void*) {
  if constexpr (value_equality<T>::value)
    return &equal_objects<T>;
  else
    return nullptr;
}

} // namespace actor_cache::detail
