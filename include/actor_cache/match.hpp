#pragma once

#include "actor_cache/detail/match_operators.hpp"

#include <concepts>
#include <string>
#include <string_view>

// Match specs: which entries of a cache are meant. Any callable is one that
// takes a key and a value and returns whether they match; the parts below make
// the common ones short:
//
//     match::field(&user::age) >= 18 && match::key.starts_with("user:")
//
// Operands (`key`, `value`, `field`) can be compared with constants, which are
// copied, and with each other; comparisons and callables join by `&&`, `||` and
// `!`. Integers compare by value, whatever their signs. What is missing, like
// a field behind an empty optional, compares as false with everything, also by
// `!=`. (Erlang: the match specifications of `ets:select/2`, but checked by the
// compiler.)

namespace actor_cache {

/// What tells which entries of a cache of `V` are meant.
template <class F, class V>
concept match_spec = std::predicate<const F&, const std::string&, const V&>;

} // namespace actor_cache

namespace actor_cache::match {

/// The key: `match::key == "a"`, `match::key.starts_with("user:")`.
inline constexpr detail::matching::key_operand key{};

/// The whole value: `match::value > 5`, `match::value.contains("x")`.
inline constexpr detail::matching::value_operand value{};

/// A member of the value, or a member of a member, or what a const member
/// function without arguments returns: `match::field(&user::role) == "admin"`,
/// `match::field(&user::address, &address::city)`. Optional members and
/// pointers on the way are followed.
template <class... Path>
  requires(sizeof...(Path) > 0 && (std::is_member_pointer_v<Path> && ...))
constexpr auto field(Path... path) {
  return detail::matching::field_operand<Path...>{path...};
}

/// The type of `any`.
struct any_t : detail::matching::expression {
  template <class V>
  constexpr bool operator()(std::string_view, const V&) const noexcept {
    return true;
  }
};

/// Every entry.
inline constexpr any_t any{};

} // namespace actor_cache::match
