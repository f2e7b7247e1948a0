#pragma once

#include "actor_cache/detail/conversions.hpp"
#include "actor_cache/messages.hpp"

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace actor_cache::detail {

/// The calls of a cache of `V`, each written once for all ways of calling.
///
/// `Derived::call<Op>(convert, args...)` makes the call `Op` with the members
/// `args` and passes its answer through `convert`. A blocking handle returns
/// `caf::expected<T>`; a handle for actors returns a `pending<T>`.
template <class Derived, class V>
class cache_calls {
public:
  /// Stores `value` under `key`, whatever was there. It lives as long as
  /// `lifetime` says, by default the cache's.
  auto put(std::string_view key, V value,
           std::optional<ttl> lifetime = std::nullopt) const {
    return self().template call<msg::put>(as_is{}, key,
                                          value_arg<V>{std::move(value)},
                                          lifetime);
  }

  /// Returns a copy of the value of `key`; a miss is `nullopt`, not an error.
  /// @returns `errc::type_mismatch` where the value is of another type
  auto get(std::string_view key) const {
    return self().template call<msg::get>(to_optional_value<V>{}, key);
  }

  /// Returns the stored object itself, shared and const: no copy.
  auto get_view(std::string_view key) const {
    return self().template call<msg::get>(to_optional_view<V>{}, key);
  }

  /// Returns the value of `key` with its version and remaining lifetime, to
  /// write it back with `put_if`.
  auto get_versioned(std::string_view key) const {
    return self().template call<msg::get_entry>(to_versioned<V>{}, key);
  }

  /// Removes `key`; fine if absent.
  auto erase(std::string_view key) const {
    return self().template call<msg::erase>(as_is{}, key);
  }

  /// Removes `key` and returns the value that it had.
  auto take(std::string_view key) const {
    return self().template call<msg::take>(to_optional_value<V>{}, key);
  }

  /// Stores `value` if `key` has none; tells whether it did.
  auto put_new(std::string_view key, V value,
               std::optional<ttl> lifetime = std::nullopt) const {
    return self().template call<msg::put_new>(as_is{}, key,
                                              value_arg<V>{std::move(value)},
                                              lifetime);
  }

  /// Stores `value` if `key` has one; tells whether it did.
  auto replace(std::string_view key, V value,
               std::optional<ttl> lifetime = std::nullopt) const {
    return self().template call<msg::replace>(as_is{}, key,
                                              value_arg<V>{std::move(value)},
                                              lifetime);
  }

  /// Stores `value` if the entry still has the version `expected`, 0 meaning
  /// that there is none, and returns the version that it got.
  /// @returns `errc::version_conflict` where the entry has changed
  auto put_if(std::string_view key, V value, version expected,
              std::optional<ttl> lifetime = std::nullopt) const {
    return self().template call<msg::put_if>(as_is{}, key,
                                             value_arg<V>{std::move(value)},
                                             expected, lifetime);
  }

  /// Replaces the value of an entry that still has the version `expected` and
  /// keeps its deadline; 0 creates an entry. Returns the new version.
  /// @returns `errc::version_conflict` where the entry has changed
  auto rewrite(std::string_view key, V value, version expected) const {
    return self().template call<msg::rewrite>(as_is{}, key,
                                              value_arg<V>{std::move(value)},
                                              expected);
  }

  /// Removes `key` if its entry still has the version `expected`.
  /// @returns `errc::version_conflict` where the entry has changed
  auto erase_if(std::string_view key, version expected) const {
    return self().template call<msg::erase_if>(as_is{}, key, expected);
  }

  /// Adds `step` to the number under `key` and returns the sum, as one step. A
  /// missing entry counts as zero; an entry keeps its deadline.
  /// @returns `errc::invalid_argument` where the sum is out of `V`'s range
  auto increment(std::string_view key, V step = V{1}) const
    requires(std::is_arithmetic_v<V> && !std::same_as<V, bool>)
  {
    return self().template call<msg::increment>(to_value<V>{}, key,
                                                value_arg<V>{step});
  }

  /// Subtracts `step` from the number under `key`; otherwise as `increment`.
  auto decrement(std::string_view key, V step = V{1}) const
    requires(std::is_arithmetic_v<V> && !std::same_as<V, bool>)
  {
    return self().template call<msg::decrement>(to_value<V>{}, key,
                                                value_arg<V>{step});
  }

  /// Tells whether `key` has a value; counts neither as a hit nor as a miss.
  auto contains(std::string_view key) const {
    return self().template call<msg::contains>(as_is{}, key);
  }

  /// Returns the remaining lifetime of `key`, `nullopt` where it has no value.
  auto ttl_of(std::string_view key) const {
    return self().template call<msg::ttl_of>(as_is{}, key);
  }

  /// Gives the entry of `key` a new lifetime; tells whether there is one.
  auto touch(std::string_view key, ttl lifetime) const {
    return self().template call<msg::touch>(as_is{}, key, lifetime);
  }

  /// Lets the entry of `key` live without an end; tells whether there is one.
  auto persist(std::string_view key) const {
    return touch(key, infinite);
  }

  /// Returns the values of `keys`, in their order.
  auto get_many(std::vector<std::string> keys) const {
    return self().template call<msg::get_many>(to_optional_values<V>{},
                                               std::move(keys));
  }

  /// Stores many values. Other callers may see some of them before the others.
  auto put_many(std::vector<std::pair<std::string, V>> entries,
                std::optional<ttl> lifetime = std::nullopt) const {
    return self().template call<msg::put_many>(
      as_is{}, entries_arg<V>{std::move(entries)}, lifetime);
  }

  /// Removes many keys; returns how many of them had a value.
  auto erase_many(std::vector<std::string> keys) const {
    return self().template call<msg::erase_many>(as_is{}, std::move(keys));
  }

  /// Returns the number of entries, those that have expired since the last
  /// sweep included.
  auto size() const {
    return self().template call<msg::size>(as_is{});
  }

  /// Removes everything.
  auto clear() const {
    return self().template call<msg::clear>(as_is{});
  }

  /// Returns about `limit` entries, from the cursor of the last page on; the
  /// empty cursor is the beginning, and the end. Each entry that is there all
  /// the time is seen exactly once.
  auto scan(std::string cursor = {}, size_t limit = 256) const {
    return self().template call<msg::scan>(to_page<V>{}, std::move(cursor),
                                           uint64_t{limit});
  }

  /// Tells where the value of `key` comes from, how old it is, and who made it,
  /// as far as `cache_spec::provenance` has the cache remember that; a miss is
  /// `nullopt`. Counts neither as a hit nor as a miss.
  auto explain(std::string_view key) const {
    return self().template call<msg::explain>(as_is{}, key);
  }

  /// Returns what the cache has counted since it was started.
  auto stats() const {
    return self().template call<msg::stats>(as_is{});
  }

private:
  const Derived& self() const noexcept {
    return static_cast<const Derived&>(*this);
  }
};

} // namespace actor_cache::detail
