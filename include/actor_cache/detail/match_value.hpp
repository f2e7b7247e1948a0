#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// What match specs compare with what, and how.

namespace actor_cache::detail::matching {

/// Marks everything that match specs are built from.
struct expression {};

template <class T>
concept is_expression = std::derived_from<std::remove_cvref_t<T>, expression>;

template <class T>
constexpr bool truth(const T& x);

/// A value that may be missing; whatever is asked of a missing one is false.
template <class T>
struct maybe {
  const T* ptr = nullptr;

  constexpr bool exists() const noexcept {
    return ptr != nullptr;
  }

  /// Returns `f(value)` if there is one.
  template <class F>
  constexpr bool when_present(F f) const {
    return ptr != nullptr && f(*ptr);
  }

  /// Lets an operand be a match spec by itself.
  constexpr operator bool() const {
    return ptr != nullptr && truth(*ptr);
  }
};

template <class T>
concept text = std::convertible_to<const T&, std::string_view>
               && !std::same_as<T, std::nullptr_t>;

/// Integers that `std::cmp_less` and its like take.
template <class T>
concept plain_integer
  = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>
    && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t>
    && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

struct equal {
  using reversed = equal;

  template <class L, class R>
  static constexpr bool test(const L& lhs, const R& rhs) {
    if constexpr (plain_integer<L> && plain_integer<R>)
      return std::cmp_equal(lhs, rhs);
    else
      return lhs == rhs;
  }
};

struct not_equal {
  using reversed = not_equal;

  template <class L, class R>
  static constexpr bool test(const L& lhs, const R& rhs) {
    return !equal::test(lhs, rhs);
  }
};

struct greater;

struct less {
  using reversed = greater;

  template <class L, class R>
  static constexpr bool test(const L& lhs, const R& rhs) {
    if constexpr (plain_integer<L> && plain_integer<R>)
      return std::cmp_less(lhs, rhs);
    else
      return lhs < rhs;
  }
};

struct greater {
  using reversed = less;

  template <class L, class R>
  static constexpr bool test(const L& lhs, const R& rhs) {
    return less::test(rhs, lhs);
  }
};

struct greater_equal;

struct less_equal {
  using reversed = greater_equal;

  template <class L, class R>
  static constexpr bool test(const L& lhs, const R& rhs) {
    if constexpr (plain_integer<L> && plain_integer<R>)
      return std::cmp_less_equal(lhs, rhs);
    else
      return lhs <= rhs;
  }
};

struct greater_equal {
  using reversed = less_equal;

  template <class L, class R>
  static constexpr bool test(const L& lhs, const R& rhs) {
    return less_equal::test(rhs, lhs);
  }
};

/// Compares what two operands stand for. Types that have comparisons of their
/// own say so by `compare_with`.
template <class Op, class L, class R>
constexpr bool compare(const L& lhs, const R& rhs) {
  if constexpr (requires { lhs.compare_with(Op{}, rhs); })
    return lhs.compare_with(Op{}, rhs);
  else if constexpr (requires { rhs.compare_with(Op{}, lhs); })
    return rhs.compare_with(typename Op::reversed{}, lhs);
  else if constexpr (requires { lhs.exists(); })
    return lhs.when_present([&](const auto& x) { return compare<Op>(x, rhs); });
  else if constexpr (requires { rhs.exists(); })
    return rhs.when_present([&](const auto& x) { return compare<Op>(lhs, x); });
  else
    return Op::test(lhs, rhs);
}

/// Tells whether what an operand stands for is true by itself.
template <class T>
constexpr bool truth(const T& x) {
  return static_cast<bool>(x);
}

// -- tests of text and containers ---------------------------------------------

struct starts_with {
  template <text L>
  static constexpr bool test(const L& lhs, std::string_view rhs) {
    return std::string_view{lhs}.starts_with(rhs);
  }
};

struct ends_with {
  template <text L>
  static constexpr bool test(const L& lhs, std::string_view rhs) {
    return std::string_view{lhs}.ends_with(rhs);
  }
};

/// Text within text, or an element of a container.
struct contains {
  template <class L, class R>
  static constexpr bool test(const L& lhs, const R& rhs) {
    if constexpr (requires { lhs.has_element(rhs); }) {
      return lhs.has_element(rhs);
    } else if constexpr (text<L>) {
      return std::string_view{lhs}.find(std::string_view{rhs})
             != std::string_view::npos;
    } else {
      for (const auto& element : lhs)
        if (compare<equal>(element, rhs))
          return true;
      return false;
    }
  }
};

template <class T>
inline constexpr bool is_optional = false;

template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Applies one of the tests above; a missing value fails it.
template <class Test, class L, class R>
constexpr bool examine(const L& lhs, const R& rhs) {
  if constexpr (requires { lhs.template examine_with<Test>(rhs); })
    return lhs.template examine_with<Test>(rhs);
  else if constexpr (requires { lhs.exists(); })
    return lhs.when_present(
      [&](const auto& x) { return examine<Test>(x, rhs); });
  else if constexpr (is_optional<L>)
    return lhs && examine<Test>(*lhs, rhs);
  else
    return Test::test(lhs, rhs);
}

// -- constants ---------------------------------------------------------------

/// How a constant is kept: literals as they are, other text as a copy, since
/// the spec may outlive it.
template <class T>
struct kept {
  using type = std::conditional_t<text<std::remove_cvref_t<T>>, std::string,
                                  std::decay_t<T>>;
};

template <size_t N>
struct kept<const char (&)[N]> {
  using type = std::string_view;
};

template <class T>
struct constant : expression {
  T content;

  template <class V>
  constexpr const T& operator()(std::string_view, const V&) const noexcept {
    return content;
  }
};

/// Returns `x` if it is an expression, else a constant.
template <class T>
constexpr auto as_expression(T&& x) {
  if constexpr (is_expression<T>)
    return std::forward<T>(x);
  else
    return constant<typename kept<T&&>::type>{
      {}, typename kept<T&&>::type(std::forward<T>(x))};
}

} // namespace actor_cache::detail::matching
