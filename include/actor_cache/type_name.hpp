#pragma once

#include "actor_cache/detail/raw_type_name.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>

namespace actor_cache {

/// The name under which values of `T` are stored, where the one that the
/// compiler sees will not do: because `T` was renamed or moved to another
/// namespace, or is a template over values. Specialise it at namespace scope:
///
///     template <>
///     inline constexpr std::string_view
///       actor_cache::type_name_of<my::user> = "user";
template <class T>
inline constexpr std::string_view type_name_of = {};

namespace detail {

/// Writes the structural name of `T` to `out`, which takes string views.
template <class T, class Out>
constexpr void write_type_name(Out& out);

/// Spells the arguments of a standard or user-defined class template.
template <class T>
struct template_arguments {
  static constexpr bool known = false;
};

/// Tells allocators, comparisons and their like from what a value is made of.
template <class T>
inline constexpr bool is_policy_type
  = begins_with(raw_type_name<T>(), "std::allocator<")
    || begins_with(raw_type_name<T>(), "std::less<")
    || begins_with(raw_type_name<T>(), "std::hash<")
    || begins_with(raw_type_name<T>(), "std::equal_to<")
    || begins_with(raw_type_name<T>(), "std::char_traits<")
    || begins_with(raw_type_name<T>(), "std::default_delete<");

template <template <class...> class Template, class... Ts>
struct template_arguments<Template<Ts...>> {
  static constexpr bool known = true;

  template <class Out>
  static constexpr void write(Out& out) {
    out("<");
    [[maybe_unused]] auto first = true;
    (write_one<Ts>(out, first), ...);
    out(">");
  }

private:
  template <class T, class Out>
  static constexpr void write_one(Out& out, bool& first) {
    if constexpr (!is_policy_type<T>) {
      if (!first)
        out(",");
      first = false;
      write_type_name<T>(out);
    }
  }
};

template <class Out>
constexpr void write_number(Out& out, uintmax_t value) {
  char digits[20] = {};
  auto pos = sizeof(digits);
  do {
    digits[--pos] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  out(std::string_view{digits + pos, sizeof(digits) - pos});
}

/// Names arithmetic types by kind and width, so that `long` and `long long`
/// are one type where they are equally wide.
template <class T, class Out>
constexpr void write_arithmetic_name(Out& out) {
  if constexpr (std::same_as<T, bool>)
    out("bool");
  else if constexpr (std::same_as<T, char>)
    out("char");
  else if constexpr (std::same_as<T, char8_t>)
    out("char8");
  else if constexpr (std::same_as<T, long double>)
    out("extended");
  else {
    constexpr auto is_character = std::same_as<T, char16_t>
                                  || std::same_as<T, char32_t>
                                  || std::same_as<T, wchar_t>;
    out(std::floating_point<T> ? "f"
        : is_character         ? "char"
        : std::is_signed_v<T>  ? "i"
                               : "u");
    write_number(out, sizeof(T) * 8);
  }
}

/// Types whose names need more than their template's name and arguments.
template <class T>
struct special_type_name {
  static constexpr bool known = false;
};

template <class C, class T, class A>
struct special_type_name<std::basic_string<C, T, A>> {
  static constexpr bool known = true;

  template <class Out>
  static constexpr void write(Out& out) {
    out("string");
    if constexpr (!std::same_as<C, char>) {
      out("<");
      write_type_name<C>(out);
      out(">");
    }
  }
};

template <class T, size_t N>
struct special_type_name<std::array<T, N>> {
  static constexpr bool known = true;

  template <class Out>
  static constexpr void write(Out& out) {
    out("array<");
    write_type_name<T>(out);
    out(",");
    write_number(out, N);
    out(">");
  }
};

template <class T, size_t N>
struct special_type_name<T[N]> : special_type_name<std::array<T, N>> {};

template <class Rep, class Period>
struct special_type_name<std::chrono::duration<Rep, Period>> {
  static constexpr bool known = true;

  template <class Out>
  static constexpr void write(Out& out) {
    out("duration<");
    write_type_name<Rep>(out);
    out(",");
    write_number(out, static_cast<uintmax_t>(Period::num));
    out("/");
    write_number(out, static_cast<uintmax_t>(Period::den));
    out(">");
  }
};

template <class T, class Out>
constexpr void write_type_name(Out& out) {
  if constexpr (!type_name_of<T>.empty()) {
    out(type_name_of<T>);
  } else if constexpr (std::is_const_v<T>) {
    write_type_name<std::remove_const_t<T>>(out);
  } else if constexpr (std::is_arithmetic_v<T>) {
    write_arithmetic_name<T>(out);
  } else if constexpr (special_type_name<T>::known) {
    special_type_name<T>::write(out);
  } else if constexpr (template_arguments<T>::known) {
    write_clean_name(out, template_part(raw_type_name<T>()));
    template_arguments<T>::write(out);
  } else {
    write_clean_name(out, raw_type_name<T>());
    if constexpr (std::is_enum_v<T>) {
      out(":");
      write_type_name<std::underlying_type_t<T>>(out);
    }
  }
}

/// Hashes what is written to it (64-bit FNV-1a).
struct name_hash {
  uint64_t value = 0xcbf29ce484222325ull;

  constexpr void operator()(std::string_view text) noexcept {
    for (auto c : text) {
      value ^= static_cast<unsigned char>(c);
      value *= 0x100000001b3ull;
    }
  }
};

/// Counts what is written to it.
struct name_size {
  size_t value = 0;

  constexpr void operator()(std::string_view text) noexcept {
    value += text.size();
  }
};

/// Keeps what is written to it.
template <size_t Size>
struct name_text {
  std::array<char, Size> value = {};
  size_t used = 0;

  constexpr void operator()(std::string_view text) noexcept {
    for (auto c : text)
      value[used++] = c;
  }
};

template <class Out, class T>
constexpr Out written_type_name() {
  auto out = Out{};
  write_type_name<T>(out);
  return out;
}

template <class T>
inline constexpr auto type_name_text
  = written_type_name<name_text<written_type_name<name_size, T>().value>, T>()
      .value;

template <class T>
inline constexpr auto type_name_hash = written_type_name<name_hash, T>().value;

} // namespace detail

/// Returns the number by which encoded bytes name the type `V`: a hash of its
/// structural name. It is the same for every compiler, standard library and
/// byte order; docs/encoding.md says where that needs `type_name_of`.
template <class V>
constexpr uint64_t fingerprint() {
  return detail::type_name_hash<V>;
}

/// Returns the structural name of `V`, for messages.
template <class V>
constexpr std::string_view type_name() {
  constexpr auto& text = detail::type_name_text<V>;
  return {text.data(), text.size()};
}

} // namespace actor_cache
