#pragma once

#include "actor_cache/detail/ets_primitives.hpp"
#include "actor_cache/detail/inner_calls.hpp"

#include <concepts>

namespace actor_cache::detail {

/// The calls of `ets` that are about one key and its objects, or lead from one
/// key to the next.
template <class Cache, class V>
class ets_object_calls {
public:
  using object = std::pair<std::string, V>;

  /// All objects of a key, with the key.
  using key_objects = std::pair<std::string, std::vector<V>>;

  /// Returns all objects of `key`, the oldest first; of a set one at most.
  /// (`ets:lookup/2`.)
  caf::expected<std::vector<V>> lookup(std::string_view key) const {
    return store_access::compose(self(), {"lookup", key}, [&] {
      return values_of(primitives().lookup(key));
    });
  }

  /// Removes all objects of `key` and returns them. (`ets:take/2`.)
  caf::expected<std::vector<V>> take_all(std::string_view key) const {
    return store_access::compose(self(), {"take_all", key}, [&] {
      return values_of(primitives().take_all(key));
    });
  }

  /// Tells whether `key` has an object. (`ets:member/2`.)
  caf::expected<bool> member(std::string_view key) const {
    return self().contains(key);
  }

  /// Stores an object, or adds it to a bag. (`ets:insert/2`; ElixirCache:
  /// `insert_raw/1`.)
  caf::expected<void> insert_raw(std::string_view key, V value) const {
    return self().put(key, std::move(value));
  }

  caf::expected<void> insert_raw(std::vector<object> objects) const {
    return self().put_many(std::move(objects));
  }

  /// Stores an object if `key` has none; tells whether it did.
  /// (`ets:insert_new/2`.)
  caf::expected<bool> insert_new(std::string_view key, V value) const {
    return self().put_new(key, std::move(value));
  }

  /// Stores all of `objects` if none of their keys has one, which must all be
  /// different; tells whether it did. Others may see some before the others, or
  /// some that are then taken back.
  caf::expected<bool> insert_new(std::vector<object> objects) const {
    auto insert = [&]() -> caf::expected<bool> {
      std::vector<std::pair<std::string, version>> done;
      for (auto& [key, value] : objects) {
        auto stored = inner().put_if(key, std::move(value), 0);
        if (stored) {
          done.emplace_back(std::move(key), *stored);
          continue;
        }
        for (const auto& [stored_key, which] : done)
          if (auto erased = primitives().erase(stored_key, which); !erased)
            return std::move(erased.error());
        if (stored.error() == errc::version_conflict)
          return false;
        return std::move(stored.error());
      }
      return true;
    };
    return store_access::compose(self(), {"insert_new"}, insert);
  }

  /// Removes the objects of `key` that equal `value`: by `==` where the type
  /// has one, else by their encoded bytes. Returns how many there were.
  /// (`ets:delete_object/2`.)
  caf::expected<uint64_t> delete_object(std::string_view key, V value) const {
    auto remove = [&]() -> caf::expected<uint64_t> {
      auto wanted = term::of(std::move(value));
      auto found = primitives().lookup(key);
      if (!found)
        return std::move(found.error());
      uint64_t result = 0;
      for (const auto& x : found->objects) {
        if (!wanted.equals(x.value))
          continue;
        auto erased = primitives().erase(key, x.version);
        if (!erased)
          return std::move(erased.error());
        result += *erased ? 1 : 0;
      }
      return result;
    };
    return store_access::compose(self(), {"delete_object", key}, remove);
  }

  /// Removes everything. (`ets:delete_all_objects/1`.)
  caf::expected<void> delete_all_objects() const {
    return self().clear();
  }

  /// Puts what `next()` returns, until that is empty, in place of everything.
  /// Others see the table fill up. (`ets:init_table/2`.)
  template <class F>
    requires std::is_invocable_r_v<std::optional<object>, F&>
  caf::expected<void> init_table(F next) const {
    auto fill = [&]() -> caf::expected<void> {
      auto done = inner().clear();
      while (done) {
        std::optional<object> x = next();
        if (!x)
          break;
        done = inner().put(x->first, std::move(x->second));
      }
      return done;
    };
    return store_access::compose(self(), {"init_table"}, fill);
  }

  // -- from key to key, in the table's order ---------------------------------
  //
  // The order is arbitrary, but lasts as long as the cache. A key need not be
  // there for `next` and `prev`. O(1), but O(n) where calls are mail.

  /// Returns the first key, nothing of an empty table. (`ets:first/1`.)
  caf::expected<std::optional<std::string>> first() const {
    return step({"first"}, std::nullopt, direction::forward);
  }

  /// Returns the last key. (`ets:last/1`.)
  caf::expected<std::optional<std::string>> last() const {
    return step({"last"}, std::nullopt, direction::backward);
  }

  /// Returns the key behind `key`. (`ets:next/2`.)
  caf::expected<std::optional<std::string>> next(std::string_view key) const {
    return step({"next", key}, key, direction::forward);
  }

  /// Returns the key before `key`. (`ets:prev/2`.)
  caf::expected<std::optional<std::string>> prev(std::string_view key) const {
    return step({"prev", key}, key, direction::backward);
  }

  /// These return the key with its objects. (`ets:first_lookup/1` and so on.)
  caf::expected<std::optional<key_objects>> first_lookup() const {
    return step_to_objects({"first_lookup"}, std::nullopt, direction::forward);
  }

  caf::expected<std::optional<key_objects>> last_lookup() const {
    return step_to_objects({"last_lookup"}, std::nullopt, direction::backward);
  }

  caf::expected<std::optional<key_objects>>
  next_lookup(std::string_view key) const {
    return step_to_objects({"next_lookup", key}, key, direction::forward);
  }

  caf::expected<std::optional<key_objects>>
  prev_lookup(std::string_view key) const {
    return step_to_objects({"prev_lookup", key}, key, direction::backward);
  }

private:
  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }

  ets_primitives<Cache, V> primitives() const {
    return ets_primitives<Cache, V>{self()};
  }

  inner_calls<Cache, V> inner() const noexcept {
    return inner_calls<Cache, V>{self()};
  }

  static caf::expected<std::vector<V>>
  values_of(caf::expected<object_list> found) {
    if (!found)
      return std::move(found.error());
    std::vector<V> result;
    result.reserve(found->objects.size());
    for (auto& x : found->objects) {
      auto value = std::move(x.value).template as<V>();
      if (!value)
        return std::move(value.error());
      result.push_back(std::move(*value));
    }
    return result;
  }

  caf::expected<std::optional<std::string>>
  step(call_name what, std::optional<std::string_view> from,
       direction way) const {
    return store_access::compose(self(), what, [&] {
      return primitives().neighbour(from, way);
    });
  }

  caf::expected<std::optional<key_objects>>
  step_to_objects(call_name what, std::optional<std::string_view> from,
                  direction way) const {
    return store_access::compose(self(), what,
                                 [&] { return neighbour_objects(from, way); });
  }

  caf::expected<std::optional<key_objects>>
  neighbour_objects(std::optional<std::string_view> key, direction way) const {
    using result_type = std::optional<key_objects>;
    std::string last;
    for (;;) {
      auto found = primitives().neighbour(key, way);
      if (!found)
        return std::move(found.error());
      if (!*found)
        return result_type{};
      auto objects = values_of(primitives().lookup(**found));
      if (!objects)
        return std::move(objects.error());
      if (!objects->empty())
        return result_type{
          key_objects{std::move(**found), std::move(*objects)}};
      // Removed in between: go on from there.
      last = std::move(**found);
      key = last;
    }
  }
};

} // namespace actor_cache::detail
