#pragma once

#include "actor_cache/detail/match_operand.hpp"

#include <type_traits>
#include <utility>

// The operators of match specs, found where one side is a part of a spec.

namespace actor_cache::detail::matching {

template <class L, class R>
concept comparable = is_operand<L> || is_operand<R>;

template <class L, class R>
  requires comparable<L, R>
constexpr auto operator==(L&& lhs, R&& rhs) {
  return make_comparison<equal>(std::forward<L>(lhs), std::forward<R>(rhs));
}

template <class L, class R>
  requires comparable<L, R>
constexpr auto operator!=(L&& lhs, R&& rhs) {
  return make_comparison<not_equal>(std::forward<L>(lhs), std::forward<R>(rhs));
}

template <class L, class R>
  requires comparable<L, R>
constexpr auto operator<(L&& lhs, R&& rhs) {
  return make_comparison<less>(std::forward<L>(lhs), std::forward<R>(rhs));
}

template <class L, class R>
  requires comparable<L, R>
constexpr auto operator<=(L&& lhs, R&& rhs) {
  return make_comparison<less_equal>(std::forward<L>(lhs),
                                     std::forward<R>(rhs));
}

template <class L, class R>
  requires comparable<L, R>
constexpr auto operator>(L&& lhs, R&& rhs) {
  return make_comparison<greater>(std::forward<L>(lhs), std::forward<R>(rhs));
}

template <class L, class R>
  requires comparable<L, R>
constexpr auto operator>=(L&& lhs, R&& rhs) {
  return make_comparison<greater_equal>(std::forward<L>(lhs),
                                        std::forward<R>(rhs));
}

/// Specs, and callables next to a spec.
template <class L, class R>
concept combinable = (is_expression<L> || is_expression<R>)
                     && std::is_class_v<std::remove_cvref_t<L>>
                     && std::is_class_v<std::remove_cvref_t<R>>;

template <class L, class R>
  requires combinable<L, R>
constexpr auto operator&&(L&& lhs, R&& rhs) {
  return conjunction<std::decay_t<L>, std::decay_t<R>>{{},
                                                       std::forward<L>(lhs),
                                                       std::forward<R>(rhs)};
}

template <class L, class R>
  requires combinable<L, R>
constexpr auto operator||(L&& lhs, R&& rhs) {
  return disjunction<std::decay_t<L>, std::decay_t<R>>{{},
                                                       std::forward<L>(lhs),
                                                       std::forward<R>(rhs)};
}

template <is_expression L>
constexpr auto operator!(L&& lhs) {
  return negation<std::decay_t<L>>{{}, std::forward<L>(lhs)};
}

} // namespace actor_cache::detail::matching
