#pragma once

#include "actor_cache/detail/codec_dispatch.hpp"

#include <chrono>
#include <complex>
#include <cstddef>
#include <string>
#include <variant>

namespace actor_cache::detail {

template <>
struct standard<bool> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, bool value) {
    out.boolean(value);
    return true;
  }

  static bool load(wire::reader& in, bool& value) {
    return in.boolean(value);
  }
};

template <wire::plain_number T>
struct standard<T> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, T value) {
    out.number(value);
    return true;
  }

  static bool load(wire::reader& in, T& value) {
    return in.number(value);
  }
};

template <>
struct standard<long double> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, long double value) {
    out.extended(value);
    return true;
  }

  static bool load(wire::reader& in, long double& value) {
    return in.extended(value);
  }
};

/// Says whether an enumeration brings its own `inspect`, which may check what
/// it reads. Defined where CAF's inspectors are.
template <class T>
consteval bool has_own_inspect();

template <class T>
  requires(std::is_enum_v<T> && !has_own_inspect<T>())
struct standard<T> {
  using number_type = std::underlying_type_t<T>;

  static constexpr bool supported = true;

  static bool save(wire::writer& out, T value) {
    return standard<number_type>::save(out, static_cast<number_type>(value));
  }

  static bool load(wire::reader& in, T& value) {
    auto number = number_type{};
    if (!standard<number_type>::load(in, number))
      return false;
    value = static_cast<T>(number);
    return true;
  }
};

template <>
struct standard<std::string> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, const std::string& value) {
    out.text(value);
    return true;
  }

  static bool load(wire::reader& in, std::string& value) {
    std::string_view text;
    if (!in.text(text))
      return false;
    value.assign(text);
    return true;
  }
};

template <>
struct standard<std::monostate> {
  static constexpr bool supported = true;

  static bool save(wire::writer& out, std::monostate) {
    out.presence(false);
    return true;
  }

  static bool load(wire::reader& in, std::monostate&) {
    auto is_present = false;
    if (!in.presence(is_present))
      return false;
    return !is_present || in.fail(errc::type_mismatch, "expected nothing");
  }
};

template <class Rep, class Period>
struct standard<std::chrono::duration<Rep, Period>> {
  using value_type = std::chrono::duration<Rep, Period>;

  static constexpr bool supported = is_encodable<Rep>();

  static bool save(wire::writer& out, const value_type& value) {
    return save_item(out, value.count());
  }

  static bool load(wire::reader& in, value_type& value) {
    auto count = Rep{};
    if (!load_item(in, count))
      return false;
    value = value_type{count};
    return true;
  }
};

/// Stores the distance from the clock's epoch. A steady clock's epoch is
/// another one after a reboot; such a time point means little elsewhere.
template <class Clock, class Duration>
struct standard<std::chrono::time_point<Clock, Duration>> {
  using value_type = std::chrono::time_point<Clock, Duration>;

  static constexpr bool supported = is_encodable<Duration>();

  static bool save(wire::writer& out, const value_type& value) {
    return save_item(out, value.time_since_epoch());
  }

  static bool load(wire::reader& in, value_type& value) {
    auto distance = Duration{};
    if (!load_item(in, distance))
      return false;
    value = value_type{distance};
    return true;
  }
};

template <class T>
struct standard<std::complex<T>> {
  static constexpr bool supported = is_encodable<T>();

  static bool save(wire::writer& out, const std::complex<T>& value) {
    if (!out.enter_tuple(2) || !save_item(out, value.real())
        || !save_item(out, value.imag()))
      return false;
    out.leave();
    return true;
  }

  static bool load(wire::reader& in, std::complex<T>& value) {
    T real{}, imag{};
    if (!in.enter_tuple(2) || !load_item(in, real) || !load_item(in, imag))
      return false;
    in.leave();
    value = std::complex<T>{real, imag};
    return true;
  }
};

} // namespace actor_cache::detail
