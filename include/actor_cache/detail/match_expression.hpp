#pragma once

#include "actor_cache/detail/match_value.hpp"

#include <concepts>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// The parts of match specs: each can be called with a key and a value.

namespace actor_cache::detail::matching {

template <class Op, class L, class R>
struct comparison : expression {
  L lhs;
  R rhs;

  template <class V>
  constexpr bool operator()(std::string_view key, const V& value) const {
    return compare<Op>(lhs(key, value), rhs(key, value));
  }
};

template <class Op, class L, class R>
constexpr auto make_comparison(L&& lhs, R&& rhs) {
  using left = decltype(as_expression(std::forward<L>(lhs)));
  using right = decltype(as_expression(std::forward<R>(rhs)));
  return comparison<Op, left, right>{{},
                                     as_expression(std::forward<L>(lhs)),
                                     as_expression(std::forward<R>(rhs))};
}

template <class Test, class L, class R>
struct examination : expression {
  L lhs;
  R rhs;

  template <class V>
  constexpr bool operator()(std::string_view key, const V& value) const {
    return examine<Test>(lhs(key, value), rhs(key, value));
  }
};

template <class L>
struct existence : expression {
  L lhs;

  template <class V>
  constexpr bool operator()(std::string_view key, const V& value) const {
    const auto& found = lhs(key, value);
    using type = std::remove_cvref_t<decltype(found)>;
    if constexpr (requires { found.exists(); })
      return found.exists();
    else if constexpr (is_optional<type>)
      return found.has_value();
    else
      return true;
  }
};

template <class L, class F>
struct satisfaction : expression {
  L lhs;
  F fun;

  template <class V>
  constexpr bool operator()(std::string_view key, const V& value) const {
    const auto& found = lhs(key, value);
    if constexpr (requires { found.exists(); })
      return found.when_present(fun);
    else
      return static_cast<bool>(std::invoke(fun, found));
  }
};

template <class L, class R>
struct conjunction : expression {
  L lhs;
  R rhs;

  template <class Key, class V>
  constexpr bool operator()(const Key& key, const V& value) const {
    return truth(lhs(key, value)) && truth(rhs(key, value));
  }
};

template <class L, class R>
struct disjunction : expression {
  L lhs;
  R rhs;

  template <class Key, class V>
  constexpr bool operator()(const Key& key, const V& value) const {
    return truth(lhs(key, value)) || truth(rhs(key, value));
  }
};

template <class L>
struct negation : expression {
  L lhs;

  template <class Key, class V>
  constexpr bool operator()(const Key& key, const V& value) const {
    return !truth(lhs(key, value));
  }
};

} // namespace actor_cache::detail::matching
