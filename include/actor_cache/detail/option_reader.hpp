#pragma once

// Reads options out of CAF's configuration into the members of structs that
// list them in `fields`. The only place that knows which types an option can
// have: bool, numbers, text, spans of time, lifetimes, enumerations with
// `names_of`, structs with `fields`, other adapters, and optionals and vectors
// of those.

#include "actor_cache/detail/function_ref.hpp"
#include "actor_cache/field.hpp"
#include "actor_cache/ttl.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace actor_cache {

class adapter_options;

} // namespace actor_cache

namespace actor_cache::detail {

class adapter_kinds;

/// A value of the configuration, and where it is.
struct option_source {
  const caf::config_value& value;

  /// E.g. "actor_cache.caches.users.shards".
  std::string path;

  /// The adapters that the configuration may name.
  const adapter_kinds& kinds;
};

/// One option of a struct: its name, and how to read it into an object.
struct option_entry {
  std::string_view name;
  caf::error (*read)(void* object, const option_source& from);
};

/// The options of one object.
struct option_table {
  void* object;
  std::span<const option_entry> entries;
};

template <class T>
concept has_fields = requires { std::tuple_size_v<decltype(T::fields)>; };

template <class T>
concept has_names = std::is_enum_v<T> && requires(T x) { names_of(x).size(); };

/// Makes the error for a value that is not what `accepted` says.
caf::error refuse(const option_source& from, std::string_view accepted);

/// Makes what a `validate()` says about a struct say where the struct came
/// from: "ets_options::shards is 3" becomes "<path>.shards is 3".
caf::error at_path(std::string_view path, caf::error err);

/// Reads the group `from`, each option into the first of `tables` that has it.
/// @returns `errc::invalid_argument`, naming the option by its path, for the
///          first value that is refused and for a name that no table has, then
///          with the nearest one
caf::error read_options(const option_source& from,
                        std::span<const option_table> tables);

// -- what a single option can be ----------------------------------------------

caf::error read_option(const option_source& from, bool& x);

caf::error read_option(const option_source& from, double& x);

caf::error read_option(const option_source& from, std::string& x);

caf::error read_option(const option_source& from, timespan& x);

caf::error read_option(const option_source& from, ttl& x);

caf::error read_option(const option_source& from, adapter_options& x);

caf::error read_option(const option_source& from,
                       std::vector<adapter_options>& x);

template <std::integral T>
caf::error read_option(const option_source& from, T& x);

template <has_names T>
caf::error read_option(const option_source& from, T& x);

template <has_fields T>
caf::error read_option(const option_source& from, T& x);

template <class T>
caf::error read_option(const option_source& from, std::optional<T>& x);

template <class T>
caf::error read_option(const option_source& from, std::vector<T>& x);

// -- implementation -----------------------------------------------------------

caf::expected<int64_t> read_integer(const option_source& from, int64_t min,
                                    uint64_t max);

/// Returns which of `names` the value is.
caf::expected<size_t> read_name(const option_source& from,
                                std::span<const std::string_view> names);

caf::error
read_list(const option_source& from,
          function_ref<caf::error(const option_source& element)> read);

template <class T, size_t Index>
caf::error read_member(void* object, const option_source& from) {
  constexpr auto member = std::get<Index>(T::fields).member;
  return read_option(from, static_cast<T*>(object)->*member);
}

template <class T, size_t... Index>
constexpr auto option_entries(std::index_sequence<Index...>) {
  return std::array<option_entry, sizeof...(Index)>{
    option_entry{std::get<Index>(T::fields).name, &read_member<T, Index>}...};
}

/// Returns the options of `x`, of which there are none without `fields`.
template <class T>
option_table table_of(T& x) {
  if constexpr (has_fields<T>) {
    constexpr auto count = std::tuple_size_v<decltype(T::fields)>;
    static constexpr auto entries
      = option_entries<T>(std::make_index_sequence<count>{});
    return {&x, entries};
  } else {
    return {&x, {}};
  }
}

template <std::integral T>
caf::error read_option(const option_source& from, T& x) {
  using limits = std::numeric_limits<T>;
  auto value = read_integer(from, static_cast<int64_t>(limits::min()),
                            static_cast<uint64_t>(limits::max()));
  if (!value)
    return std::move(value.error());
  x = static_cast<T>(*value);
  return {};
}

template <has_names T>
caf::error read_option(const option_source& from, T& x) {
  constexpr auto names = names_of(T{});
  auto index = read_name(from, names);
  if (!index)
    return std::move(index.error());
  x = static_cast<T>(*index);
  return {};
}

template <has_fields T>
caf::error read_option(const option_source& from, T& x) {
  auto table = table_of(x);
  if (auto err = read_options(from, {&table, 1}); !err.empty())
    return err;
  if constexpr (requires { x.validate(); })
    return at_path(from.path, x.validate());
  else
    return {};
}

template <class T>
caf::error read_option(const option_source& from, std::optional<T>& x) {
  auto value = x.value_or(T{});
  if (auto err = read_option(from, value); !err.empty())
    return err;
  x = std::move(value);
  return {};
}

template <class T>
caf::error read_option(const option_source& from, std::vector<T>& x) {
  std::vector<T> values;
  auto err = read_list(from, [&values](const option_source& element) {
    values.emplace_back(T{});
    return read_option(element, values.back());
  });
  if (err.empty())
    x = std::move(values);
  return err;
}

} // namespace actor_cache::detail
