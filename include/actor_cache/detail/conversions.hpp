#pragma once

#include "actor_cache/results.hpp"
#include "actor_cache/term.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace actor_cache {

/// A value with what it takes to write it back on condition.
template <class V>
struct versioned {
  V value;

  /// For `put_if` and `erase_if`.
  actor_cache::version version = 0;

  /// The lifetime that is left.
  ttl remaining = infinite;
};

/// A part of a cache's entries.
template <class V>
struct page {
  std::vector<std::pair<std::string, versioned<V>>> entries;

  /// Where the next page begins; empty at the end.
  std::string cursor;
};

} // namespace actor_cache

namespace actor_cache::detail {

// -- from values to terms, inside of the call ---------------------------------

template <class V>
struct value_arg {
  V value;

  operator term() && {
    return term::of(std::move(value));
  }
};

template <class V>
struct entries_arg {
  std::vector<std::pair<std::string, V>> entries;

  operator std::vector<std::pair<std::string, term>>() && {
    std::vector<std::pair<std::string, term>> result;
    result.reserve(entries.size());
    for (auto& [key, value] : entries)
      result.emplace_back(std::move(key), term::of(std::move(value)));
    return result;
  }
};

// -- from terms to values -----------------------------------------------------

struct as_is {
  template <class T>
  caf::expected<T> operator()(caf::expected<T>&& x) const {
    return std::move(x);
  }
};

template <class V>
struct to_value {
  caf::expected<V> operator()(caf::expected<term>&& x) const {
    if (!x)
      return std::move(x.error());
    return std::move(*x).template as<V>();
  }
};

template <class V>
caf::expected<std::optional<V>> optional_value(std::optional<term>& x) {
  caf::expected<std::optional<V>> result{std::nullopt};
  if (!x)
    return result;
  // Nearly always: what then follows is a copy of the value and nothing else.
  if constexpr (std::is_copy_constructible_v<V>)
    if (const auto* live = x->template get_if<V>()) [[likely]] {
      result->emplace(*live);
      return result;
    }
  auto value = std::move(*x).template as<V>();
  if (value)
    result->emplace(std::move(*value));
  else
    result = std::move(value.error());
  return result;
}

template <class V>
struct to_optional_value {
  caf::expected<std::optional<V>>
  operator()(caf::expected<std::optional<term>>&& x) const {
    if (!x)
      return std::move(x.error());
    return optional_value<V>(*x);
  }
};

template <class V>
struct to_optional_view {
  caf::expected<std::optional<view<V>>>
  operator()(caf::expected<std::optional<term>>&& x) const {
    if (!x)
      return std::move(x.error());
    if (!*x)
      return std::optional<view<V>>{};
    auto result = (**x).template view<V>();
    if (!result)
      return std::move(result.error());
    return std::optional<view<V>>{std::move(*result)};
  }
};

template <class V>
caf::expected<versioned<V>> versioned_value(found_entry& x) {
  auto value = std::move(x.value).template as<V>();
  if (!value)
    return std::move(value.error());
  return versioned<V>{std::move(*value), x.version, x.remaining};
}

template <class V>
struct to_versioned {
  caf::expected<std::optional<versioned<V>>>
  operator()(caf::expected<std::optional<found_entry>>&& x) const {
    if (!x)
      return std::move(x.error());
    if (!*x)
      return std::optional<versioned<V>>{};
    auto result = versioned_value<V>(**x);
    if (!result)
      return std::move(result.error());
    return std::optional<versioned<V>>{std::move(*result)};
  }
};

template <class V>
struct to_optional_values {
  caf::expected<std::vector<std::optional<V>>>
  operator()(caf::expected<std::vector<std::optional<term>>>&& xs) const {
    if (!xs)
      return std::move(xs.error());
    std::vector<std::optional<V>> result;
    result.reserve(xs->size());
    for (auto& x : *xs) {
      auto value = optional_value<V>(x);
      if (!value)
        return std::move(value.error());
      result.push_back(std::move(*value));
    }
    return result;
  }
};

template <class V>
struct to_page {
  caf::expected<page<V>> operator()(caf::expected<entry_page>&& x) const {
    if (!x)
      return std::move(x.error());
    page<V> result;
    result.cursor = std::move(x->cursor);
    result.entries.reserve(x->entries.size());
    for (auto& [key, content] : x->entries) {
      auto value = versioned_value<V>(content);
      if (!value)
        return std::move(value.error());
      result.entries.emplace_back(std::move(key), std::move(*value));
    }
    return result;
  }
};

} // namespace actor_cache::detail
