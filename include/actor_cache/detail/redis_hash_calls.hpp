#pragma once

#include "actor_cache/detail/page_loop.hpp"
#include "actor_cache/detail/redis_conversions.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/hash_messages.hpp"

#include <type_traits>

namespace actor_cache::detail {

/// The calls of `redis` about hashes, written once for all ways of calling.
///
/// Fields hold values of type `V`, those of the cache, or of another type that
/// the caller names: `hash_get<int>("user:1", "age")`. A lifetime is that of
/// the whole hash; without one it keeps what it has, at first none. The
/// cache's `default_ttl` is for entries alone.
///
/// All may give `errc::type_mismatch` where the key holds no hash or a value is
/// of another type.
template <class Derived, class V>
class redis_hash_calls {
public:
  /// Returns the value of one field; a miss is `nullopt`. (HGET)
  template <class T = V>
  auto hash_get(std::string_view key, std::string_view field) const {
    return call<msg::hash_get>(to_optional_value<T>{}, key, field);
  }

  /// Returns all fields with their values; none where there is no hash.
  /// (HGETALL)
  template <class T = V>
  auto hash_get_all(std::string_view key) const {
    return call<msg::hash_get_all>(to_fields<T>{}, key);
  }

  /// Returns the values of some fields of many hashes, in their order.
  /// (HMGET)
  template <class T = V>
  auto
  hash_get_many(std::vector<std::pair<std::string, std::vector<std::string>>>
                  wanted) const {
    return call<msg::hash_get_many>(to_optional_value_lists<T>{},
                                    std::move(wanted));
  }

  /// Returns the values of all fields. (HVALS)
  template <class T = V>
  auto hash_values(std::string_view key) const {
    return call<msg::hash_values>(to_values<T>{}, key);
  }

  /// Sets one field; tells whether it is new. (HSET)
  template <class T = V>
  auto hash_set(std::string_view key, std::string_view field,
                std::type_identity_t<T> value,
                std::optional<ttl> lifetime = std::nullopt) const {
    return call<msg::hash_set>(as_is{}, key, field,
                               value_arg<T>{std::move(value)}, lifetime);
  }

  /// Sets fields of many hashes; returns how many are new. Others may see some
  /// of them before the others. (HSET)
  template <class T = V>
  auto hash_set_many(
    std::vector<std::pair<std::string, std::vector<std::pair<std::string, T>>>>
      hashes,
    std::optional<ttl> lifetime = std::nullopt) const {
    return call<msg::hash_set_many>(as_is{}, hashes_arg<T>{std::move(hashes)},
                                    lifetime);
  }

  /// Removes one field; tells whether there was one. (HDEL)
  auto hash_delete(std::string_view key, std::string_view field) const {
    return call<msg::hash_delete>(to_whether{}, key,
                                  std::vector{std::string{field}});
  }

  /// Removes fields; returns how many there were. (HDEL)
  auto hash_delete_many(std::string_view key,
                        std::vector<std::string> names) const {
    return call<msg::hash_delete>(as_is{}, key, std::move(names));
  }

  /// Returns some of the fields that `filter` lets through, from the cursor of
  /// the last page on; the empty cursor is the beginning, and the end. (HSCAN)
  template <class T = V>
  auto hash_scan(std::string_view key, std::string cursor = {},
                 scan_filter filter = {}) const {
    return call<msg::hash_scan>(to_field_page<T>{}, key, std::move(cursor),
                                std::move(filter));
  }

  /// Calls `f(field, value)` for all fields that `filter` lets through, page by
  /// page, holding no more than one; a field that is there all the time is seen
  /// at least once. `f` may return `false` to stop.
  template <class T = V, class F>
  auto
  for_each_field(std::string_view key, F f, scan_filter filter = {}) const {
    auto fetch = [key = std::string{key}, filter = std::move(filter)](
                   const Derived& self, std::string cursor) {
      return self.template hash_scan<T>(key, std::move(cursor), filter);
    };
    auto visit = [f = std::move(f)](typed_field_page<T>& part) mutable {
      for (auto& [name, value] : part.fields)
        if (!go_on(f, std::as_const(name), value))
          return false;
      return true;
    };
    return loop_over_pages<typed_field_page<T>>(
      static_cast<const Derived&>(*this), std::move(fetch), std::move(visit));
  }

private:
  template <class Op, class Convert, class... Ts>
  auto call(Convert convert, Ts&&... xs) const {
    return store_access::call<Op>(static_cast<const Derived&>(*this), convert,
                                  std::forward<Ts>(xs)...);
  }
};

} // namespace actor_cache::detail
