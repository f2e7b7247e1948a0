#pragma once

#include "actor_cache/detail/codec_dispatch.hpp"

#include <optional>
#include <tuple>
#include <utility>
#include <variant>

namespace actor_cache::detail {

template <class T>
struct standard<std::optional<T>> {
  static constexpr bool supported = is_encodable<T>();

  static bool save(wire::writer& out, const std::optional<T>& value) {
    out.presence(value.has_value());
    if (!value)
      return true;
    if (!out.enter() || !save_item(out, *value))
      return false;
    out.leave();
    return true;
  }

  static bool load(wire::reader& in, std::optional<T>& value) {
    value.reset();
    auto is_present = false;
    if (!in.presence(is_present))
      return false;
    if (!is_present)
      return true;
    auto set = [&value](T&& x) { value.emplace(std::move(x)); };
    if (!in.enter() || !load_new<T>(in, set))
      return false;
    in.leave();
    return true;
  }
};

template <class... Ts>
struct standard<std::variant<Ts...>> {
  using value_type = std::variant<Ts...>;

  static constexpr bool supported = (is_encodable<Ts>() && ...);

  static bool save(wire::writer& out, const value_type& value) {
    if (value.valueless_by_exception())
      return out.fail("a variant has lost its value to an exception");
    auto save_alternative = [&out](const auto& x) { return save_item(out, x); };
    if (!out.enter_alternative(value.index())
        || !std::visit(save_alternative, value))
      return false;
    out.leave();
    return true;
  }

  static bool load(wire::reader& in, value_type& value) {
    size_t index = 0;
    if (!in.enter_alternative(index, sizeof...(Ts))
        || !load_any(in, value, index, std::index_sequence_for<Ts...>{}))
      return false;
    in.leave();
    return true;
  }

private:
  template <size_t... Is>
  static bool load_any(wire::reader& in, value_type& value, size_t index,
                       std::index_sequence<Is...>) {
    return ((Is == index && load_one<Is>(in, value)) || ...);
  }

  template <size_t I>
  static bool load_one(wire::reader& in, value_type& value) {
    using type = std::variant_alternative_t<I, value_type>;
    return load_new<type>(in, [&value](type&& x) {
      value.template emplace<I>(std::move(x));
    });
  }
};

template <class Tuple, class... Ts>
struct standard_tuple {
  static constexpr bool supported = (is_encodable<std::remove_const_t<Ts>>()
                                     && ...);

  static bool save(wire::writer& out, const Tuple& value) {
    auto save_all = [&out](const auto&... xs) {
      return (save_item(out, xs) && ...);
    };
    if (!out.enter_tuple(sizeof...(Ts)) || !std::apply(save_all, value))
      return false;
    out.leave();
    return true;
  }

  static bool load(wire::reader& in, Tuple& value) {
    auto load_all = [&in](auto&... xs) { return (load_item(in, xs) && ...); };
    if (!in.enter_tuple(sizeof...(Ts)) || !std::apply(load_all, value))
      return false;
    in.leave();
    return true;
  }
};

template <class... Ts>
struct standard<std::tuple<Ts...>> : standard_tuple<std::tuple<Ts...>, Ts...> {
};

template <class A, class B>
struct standard<std::pair<A, B>> : standard_tuple<std::pair<A, B>, A, B> {};

} // namespace actor_cache::detail
