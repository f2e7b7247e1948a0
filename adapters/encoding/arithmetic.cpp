#include "actor_cache/detail/arithmetic.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <optional>
#include <type_traits>

namespace actor_cache::detail {

namespace {

template <class T>
std::optional<T> checked(T lhs, arithmetic_op op, T rhs) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    return op == arithmetic_op::add ? lhs + rhs : lhs - rhs;
  } else {
    T result;
    auto overflow = op == arithmetic_op::add
                      ? __builtin_add_overflow(lhs, rhs, &result)
                      : __builtin_sub_overflow(lhs, rhs, &result);
    return overflow ? std::nullopt : std::optional<T>{result};
  }
}

template <class T>
caf::expected<term>
combine_as(const term& lhs, arithmetic_op op, const term& rhs) {
  auto y = rhs.as<T>();
  if (!y)
    return std::move(y.error());
  T x{};
  if (!lhs.empty()) {
    auto current = lhs.as<T>();
    if (!current)
      return std::move(current.error());
    x = *current;
  }
  if (auto result = checked(x, op, *y))
    return term::of(*result);
  return make_error(
    errc::invalid_argument,
    fmt::format("{} {} {} is out of the range of {}; nothing was changed", x,
                op == arithmetic_op::add ? '+' : '-', *y, type_name<T>()));
}

template <class... Ts>
caf::expected<term>
combine_any(const term& lhs, arithmetic_op op, const term& rhs) {
  caf::expected<term> result{make_error(
    errc::type_mismatch,
    fmt::format("cannot count with a value of type {}; accepted are integers "
                "and floating point numbers",
                rhs.type_name()))};
  static_cast<void>((
    (rhs.holds<Ts>() && (result = combine_as<Ts>(lhs, op, rhs), true)) || ...));
  return result;
}

} // namespace

caf::expected<term> combine(const term& lhs, arithmetic_op op,
                            const term& rhs) {
  return combine_any<int, long, long long, short, signed char, unsigned,
                     unsigned long, unsigned long long, unsigned short,
                     unsigned char, float, double>(lhs, op, rhs);
}

} // namespace actor_cache::detail
