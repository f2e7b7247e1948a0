#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/field.hpp"

#include <concepts>
#include <tuple>
#include <type_traits>

namespace actor_cache::detail {

using actor_cache::field;

/// A list of messages.
template <class... Ops>
struct op_list {};

template <class... Lists>
struct joined;

template <class... Ops>
struct joined<op_list<Ops...>> {
  using type = op_list<Ops...>;
};

template <class... Ops, class... More, class... Lists>
struct joined<op_list<Ops...>, op_list<More...>, Lists...>
  : joined<op_list<Ops..., More...>, Lists...> {};

template <class Op, class List>
inline constexpr bool is_one_of = false;

template <class Op, class... Ops>
inline constexpr bool is_one_of<Op, op_list<Ops...>>
  = (std::is_same_v<Op, Ops> || ...);

/// An aggregate that says what it wants and names its answer.
template <class Op>
concept message = requires {
  typename Op::result;
  Op::fields;
};

/// What a call does to the key that it is about.
enum class effect : uint8_t {
  /// Reads: found something or missed.
  reads,
  /// Writes: wins over a load of the key that is under way.
  writes,
  /// Removes something; wins likewise.
  removes,
  /// Anything; keys are those of the cache that commands name.
  runs,
};

/// A message that is answered by a capability of the store, if it has it, and
/// not by the engine: `method` is a member of the capability's interface,
/// `name` is how errors call the call, `kind` what it does to its keys.
///
/// The method takes the message's fields and, if it wants that, the time; a
/// field that is an optional lifetime arrives there as an optional deadline.
template <class Op>
concept capability_message = message<Op> && requires {
  { Op::kind } -> std::convertible_to<effect>;
};

/// Whether a call waits for I/O, also where the store has no others that do:
/// then it is made on no thread of the scheduler. The message says so by a
/// member `waits`.
template <class Op>
inline constexpr bool waits_always = requires { Op::waits; };

/// Lets CAF see a member that is an enumeration with `names_of`, as a number.
template <class Inspector, class E>
auto enum_field(Inspector& f, std::string_view name, E& x) {
  auto get = [&x] { return static_cast<uint8_t>(x); };
  auto set = [&x](uint8_t value) {
    x = static_cast<E>(value);
    return value < names_of(E{}).size();
  };
  return f.field(to_caf(name), get, set);
}

} // namespace actor_cache::detail

namespace actor_cache::msg {

/// Lets CAF see into each of these messages.
template <class Inspector, detail::message Op>
bool inspect(Inspector& f, Op& x) {
  return std::apply(
    [&](const auto&... ys) {
      return f.object(x).fields(
        f.field(detail::to_caf(ys.name), x.*ys.member)...);
    },
    Op::fields);
}

} // namespace actor_cache::msg
