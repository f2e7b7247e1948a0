#pragma once

#include "actor_cache/detail/redis_conversions.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/json_messages.hpp"

#include <nlohmann/json_fwd.hpp>

namespace actor_cache::detail {

/// The calls of `redis` about JSON documents, written once for all ways of
/// calling. Who uses them includes `<nlohmann/json.hpp>` or
/// `actor_cache/json.hpp`.
///
/// Values come as `nlohmann::ordered_json`, which keeps the order of members,
/// or as what the caller names: `json_get<std::string>("user:1", ".name")`.
/// They go in as anything that nlohmann-json can make JSON from. Paths that
/// begin with `$` are answered with an array of what was found; see
/// `json_path`.
///
/// All may give `errc::type_mismatch` where the key holds no document,
/// `errc::key_not_found` where a path without `$` leads nowhere, and
/// `errc::invalid_argument` for what is no path or no JSON.
template <class Derived>
class redis_json_calls {
public:
  /// Returns what is at `path`; `nullopt` where there is no document.
  /// (JSON.GET)
  template <class T = nlohmann::ordered_json>
  auto json_get(std::string_view key, json_path path = {}) const {
    return call<msg::json_get>(from_json_text<json_of<T>, T>{}, key,
                               std::move(path));
  }

  /// Makes `value` the document. (JSON.SET)
  template <class T>
  auto json_set(std::string_view key, const T& value) const {
    return json_set(key, json_path{}, value);
  }

  /// Puts `value` at `path`; tells whether there was a parent to put it into.
  /// (JSON.SET)
  /// @returns `errc::invalid_argument` where there is no document and `path` is
  ///          not its root
  template <class T>
  auto json_set(std::string_view key, json_path path, const T& value) const {
    return call<msg::json_set>(as_is{}, key, std::move(path),
                               to_json_text<json_of<T>>(value));
  }

  /// Removes what is at `path`; returns how many values that were. Removing the
  /// root removes the key. (JSON.DEL)
  auto json_delete(std::string_view key, json_path path = {}) const {
    return call<msg::json_delete>(as_is{}, key, std::move(path));
  }

  /// Adds `step` to the number at `path` and returns the sum: an integer where
  /// both are. (JSON.NUMINCRBY)
  template <class T = nlohmann::ordered_json, class Step = int64_t>
  auto json_incr(std::string_view key, json_path path, Step step = 1) const {
    return call<msg::json_incr>(from_json_text<json_of<T>, T>{}, key,
                                std::move(path),
                                to_json_text<json_of<Step>>(step));
  }

  /// Empties arrays and objects and sets numbers to 0; leaves all else alone.
  /// Returns how many values have changed. (JSON.CLEAR)
  auto json_clear(std::string_view key, json_path path = {}) const {
    return call<msg::json_clear>(as_is{}, key, std::move(path));
  }

  /// Appends values to the array at `path`; returns its new length.
  /// (JSON.ARRAPPEND)
  template <class T = nlohmann::ordered_json, class... Ts>
    requires(sizeof...(Ts) > 0)
  auto json_array_append(std::string_view key, json_path path,
                         const Ts&... values) const {
    return call<msg::json_array_append>(
      from_json_text<json_of<T>, T>{}, key, std::move(path),
      std::vector<std::string>{to_json_text<json_of<Ts>>(values)...});
  }

private:
  /// The kind of JSON that `T` is or is made from; a dependent name, so that
  /// the type need not be complete here.
  template <class T>
  using json_of = std::conditional_t<std::is_same_v<T, nlohmann::json>,
                                     nlohmann::json, nlohmann::ordered_json>;

  template <class Op, class Convert, class... Ts>
  auto call(Convert convert, Ts&&... xs) const {
    return store_access::call<Op>(static_cast<const Derived&>(*this), convert,
                                  std::forward<Ts>(xs)...);
  }
};

} // namespace actor_cache::detail
