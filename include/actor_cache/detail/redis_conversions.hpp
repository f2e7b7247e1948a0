#pragma once

#include "actor_cache/detail/conversions.hpp"
#include "actor_cache/hash_ops.hpp"
#include "actor_cache/json_ops.hpp"

#include <concepts>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache {

/// A part of the fields of a hash.
template <class V>
struct typed_field_page {
  std::vector<std::pair<std::string, V>> fields;

  /// Where the next page begins; empty at the end.
  std::string cursor;
};

} // namespace actor_cache

namespace actor_cache::detail {

// -- from values to terms, inside of the call ---------------------------------

template <class V>
struct terms_arg {
  std::vector<V> values;

  operator std::vector<term>() && {
    std::vector<term> result;
    result.reserve(values.size());
    for (auto& x : values)
      result.push_back(term::of(std::move(x)));
    return result;
  }
};

template <class V>
struct hashes_arg {
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, V>>>>
    hashes;

  operator std::vector<std::pair<std::string, hash_fields>>() && {
    std::vector<std::pair<std::string, hash_fields>> result;
    result.reserve(hashes.size());
    for (auto& [key, fields] : hashes)
      result.emplace_back(std::move(key), entries_arg<V>{std::move(fields)});
    return result;
  }
};

// -- from terms to values -----------------------------------------------------

template <class V>
struct to_values {
  caf::expected<std::vector<V>>
  operator()(caf::expected<std::vector<term>>&& xs) const {
    if (!xs)
      return std::move(xs.error());
    std::vector<V> result;
    result.reserve(xs->size());
    for (auto& x : *xs) {
      auto value = std::move(x).template as<V>();
      if (!value)
        return std::move(value.error());
      result.push_back(std::move(*value));
    }
    return result;
  }
};

template <class V>
struct to_fields {
  using fields = std::vector<std::pair<std::string, V>>;

  caf::expected<fields> operator()(caf::expected<hash_fields>&& xs) const {
    if (!xs)
      return std::move(xs.error());
    fields result;
    result.reserve(xs->size());
    for (auto& [name, x] : *xs) {
      auto value = std::move(x).template as<V>();
      if (!value)
        return std::move(value.error());
      result.emplace_back(std::move(name), std::move(*value));
    }
    return result;
  }
};

template <class V>
struct to_field_page {
  caf::expected<typed_field_page<V>>
  operator()(caf::expected<field_page>&& x) const {
    if (!x)
      return std::move(x.error());
    auto fields = to_fields<V>{}(std::move(x->fields));
    if (!fields)
      return std::move(fields.error());
    return typed_field_page<V>{std::move(*fields), std::move(x->cursor)};
  }
};

template <class V>
struct to_optional_value_lists {
  using values = std::vector<std::optional<V>>;

  caf::expected<std::vector<values>> operator()(
    caf::expected<std::vector<std::vector<std::optional<term>>>>&& xs) const {
    if (!xs)
      return std::move(xs.error());
    std::vector<values> result;
    result.reserve(xs->size());
    for (auto& x : *xs) {
      auto part = to_optional_values<V>{}(std::move(x));
      if (!part)
        return std::move(part.error());
      result.push_back(std::move(*part));
    }
    return result;
  }
};

/// Makes a yes or no of a number of things done.
struct to_whether {
  caf::expected<bool> operator()(caf::expected<uint64_t>&& x) const {
    if (!x)
      return std::move(x.error());
    return *x != 0;
  }
};

// -- JSON; `Json` is a nlohmann::basic_json that the caller has included ------

/// Tells whether JSON has words for all numbers of `x`.
template <class Json>
bool all_finite(const Json& x) {
  if (x.is_number_float()) {
    auto number = x.template get<double>();
    return number - number == 0;
  }
  if (x.is_structured())
    for (const auto& item : x)
      if (!all_finite(item))
        return false;
  return true;
}

/// Returns `x` as JSON text; an empty one, which is refused as JSON, where it
/// has none: NaN, infinities, text that is not UTF-8.
template <class Json, class T>
std::string to_json_text(const T& x) {
  try {
    Json value = x;
    return all_finite(value) ? value.dump() : std::string{};
  } catch (const std::exception&) {
    return {};
  }
}

/// Reads JSON text as a `T`, which nlohmann-json can make from JSON.
template <class Json, class T>
struct from_json_text {
  caf::expected<T> operator()(caf::expected<std::string>&& x) const {
    if (!x)
      return std::move(x.error());
    return parse(*x);
  }

  caf::expected<std::optional<T>>
  operator()(caf::expected<std::optional<json_text>>&& x) const {
    if (!x)
      return std::move(x.error());
    if (!*x)
      return std::optional<T>{};
    auto value = parse((*x)->text);
    if (!value)
      return std::move(value.error());
    return std::optional<T>{std::move(*value)};
  }

  static caf::expected<T> parse(const std::string& text) {
    try {
      auto value = Json::parse(text);
      if constexpr (std::same_as<T, Json>)
        return value;
      else
        return value.template get<T>();
    } catch (const std::exception& e) {
      return make_error(errc::type_mismatch,
                        "JSON " + text.substr(0, 100)
                          + " does not fit the type asked for: " + e.what());
    }
  }
};

} // namespace actor_cache::detail
