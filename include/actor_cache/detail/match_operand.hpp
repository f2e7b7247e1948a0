#pragma once

#include "actor_cache/detail/match_expression.hpp"

#include <concepts>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// What the comparisons of match specs compare.

namespace actor_cache::detail::matching {

/// What can be compared. Text tests and `contains` are false for what is
/// missing.
template <class Derived>
struct operand : expression {
  constexpr auto starts_with(auto&& text) const {
    return examined<matching::starts_with>(std::forward<decltype(text)>(text));
  }

  constexpr auto ends_with(auto&& text) const {
    return examined<matching::ends_with>(std::forward<decltype(text)>(text));
  }

  /// Text within text, or an element of a container.
  constexpr auto contains(auto&& what) const {
    return examined<matching::contains>(std::forward<decltype(what)>(what));
  }

  /// One of `xs`.
  template <class... Ts>
    requires(sizeof...(Ts) > 0)
  constexpr auto in(Ts&&... xs) const {
    return (make_comparison<equal>(self(), std::forward<Ts>(xs)) || ...);
  }

  /// Not less than `first` and not greater than `last`.
  constexpr auto between(auto&& first, auto&& last) const {
    return make_comparison<greater_equal>(self(),
                                          std::forward<decltype(first)>(first))
           && make_comparison<less_equal>(self(),
                                          std::forward<decltype(last)>(last));
  }

  /// There is a value: always, but for optional fields, fields behind optional
  /// ones, and JSON paths.
  constexpr auto exists() const {
    return existence<Derived>{{}, self()};
  }

  /// `fun(value)` is true.
  template <class F>
  constexpr auto satisfies(F fun) const {
    return satisfaction<Derived, F>{{}, self(), std::move(fun)};
  }

private:
  constexpr const Derived& self() const noexcept {
    return static_cast<const Derived&>(*this);
  }

  template <class Test, class T>
  constexpr auto examined(T&& what) const {
    using right = decltype(as_expression(std::forward<T>(what)));
    return examination<Test, Derived, right>{
      {}, self(), as_expression(std::forward<T>(what))};
  }
};

template <class T>
inline constexpr bool is_operand_type
  = requires(const T& x) { []<class D>(const operand<D>&) {}(x); };

template <class T>
concept is_operand = is_operand_type<std::remove_cvref_t<T>>;

struct key_operand : operand<key_operand> {
  template <class V>
  constexpr std::string_view
  operator()(std::string_view key, const V&) const noexcept {
    return key;
  }
};

struct value_operand : operand<value_operand> {
  template <class V>
  constexpr const V&
  operator()(std::string_view, const V& value) const noexcept {
    return value;
  }
};

/// What can hold nothing: an optional or a pointer.
template <class T>
concept nullable = !std::is_array_v<T> && requires(const T& x) {
  static_cast<bool>(x);
  *x;
};

/// Follows `path`, members of members, from `value`; optional fields and
/// pointers on the way may lead nowhere.
template <class V, class First, class... Rest>
constexpr decltype(auto) follow(const V& value, First first, Rest... rest) {
  if constexpr (nullable<V>) {
    using inner = decltype(follow(*value, first, rest...));
    using type = std::remove_cvref_t<inner>;
    if constexpr (requires(const type& x) { x.exists(); }) {
      return value ? follow(*value, first, rest...) : type{};
    } else {
      static_assert(std::is_lvalue_reference_v<inner>,
                    "what is behind an optional or a pointer must be a member");
      return value ? maybe<type>{std::addressof(follow(*value, first, rest...))}
                   : maybe<type>{};
    }
  } else if constexpr (sizeof...(Rest) == 0) {
    static_assert(std::is_invocable_v<First, const V&>,
                  "match::field names no member of the cache's values");
    return std::invoke(first, value);
  } else {
    return follow(std::invoke(first, value), rest...);
  }
}

template <class... Path>
struct field_operand : operand<field_operand<Path...>> {
  constexpr explicit field_operand(Path... xs) : path(xs...) {
    // nop
  }

  template <class V>
  constexpr decltype(auto) operator()(std::string_view, const V& value) const {
    return std::apply(
      [&](auto... xs) -> decltype(auto) { return follow(value, xs...); }, path);
  }

  std::tuple<Path...> path;
};

} // namespace actor_cache::detail::matching
