#pragma once

#include "actor_cache/detail/ets_primitives.hpp"
#include "actor_cache/detail/inner_calls.hpp"

#include <concepts>
#include <functional>

namespace actor_cache {

/// How `update_counter` counts: it adds `step`; where that gets beyond `limit`,
/// above it for a positive step and below it for a negative one, the counter
/// goes on at `reset_to`. (Erlang: `{Pos, Incr, Threshold, SetValue}`.)
template <class T>
struct counter_step {
  T step;
  T limit;
  T reset_to;
};

} // namespace actor_cache

namespace actor_cache::detail {

/// The classes whose members are members of `V`.
template <class C, class V>
concept base_of = std::derived_from<V, C>;

template <class T>
concept countable = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

template <countable T>
caf::expected<T> add_checked(T current, T step) {
  if constexpr (std::floating_point<T>) {
    return current + step;
  } else {
    T result;
    if (!__builtin_add_overflow(current, step, &result))
      return result;
    return make_error(errc::invalid_argument,
                      "update_counter: the sum of " + std::to_string(current)
                        + " and " + std::to_string(step)
                        + " is out of range; nothing was changed");
  }
}

template <countable T>
caf::expected<T> add_checked(T current, const counter_step<T>& by) {
  auto sum = add_checked(current, by.step);
  if (sum && (by.step < T{0} ? *sum < by.limit : *sum > by.limit))
    return by.reset_to;
  return sum;
}

/// The calls of `ets` that are about a part of a value. Each change is one step
/// that no other write to the key comes between; the entry keeps its deadline.
/// Of a bag they are about the object put last.
template <class Cache, class V>
class ets_field_calls {
public:
  /// Adds `step` to the number under `key` and returns the sum.
  /// (`ets:update_counter/3`.)
  /// @returns `errc::key_not_found` where there is none,
  ///          `errc::invalid_argument` where the sum is out of range
  caf::expected<V> update_counter(std::string_view key, V step) const
    requires countable<V>
  {
    return count(key, whole, step, std::nullopt);
  }

  /// The same; a missing number counts as `initial`. (`ets:update_counter/4`.)
  caf::expected<V> update_counter(std::string_view key, V step, V initial) const
    requires countable<V>
  {
    return count(key, whole, step, initial);
  }

  caf::expected<V> update_counter(std::string_view key, counter_step<V> step,
                                  std::optional<V> initial = std::nullopt) const
    requires countable<V>
  {
    return count(key, whole, step, initial);
  }

  /// Adds `step` to one member of the value and returns the sum:
  /// `update_counter("user:1", &user::visits, 1)`. A missing value counts as
  /// `initial`, if there is one.
  template <countable T, base_of<V> C>
  caf::expected<T>
  update_counter(std::string_view key, T C::* field,
                 std::type_identity_t<T> step,
                 std::optional<V> initial = std::nullopt) const {
    return count(key, in_member(field), step, std::move(initial));
  }

  template <countable T, base_of<V> C>
  caf::expected<T>
  update_counter(std::string_view key, T C::* field,
                 counter_step<std::type_identity_t<T>> step,
                 std::optional<V> initial = std::nullopt) const {
    return count(key, in_member(field), step, std::move(initial));
  }

  /// Sets one member of the value; tells whether there was one.
  /// (`ets:update_element/3`.)
  template <class T, base_of<V> C>
  caf::expected<bool> update_element(std::string_view key, T C::* field,
                                     std::type_identity_t<T> value) const {
    auto done = set(key, field, std::move(value), std::nullopt);
    if (done)
      return true;
    if (done.error() == errc::key_not_found)
      return false;
    return std::move(done.error());
  }

  /// Sets one member of the value, or of `initial` where there is none.
  /// (`ets:update_element/4`.)
  template <class T, base_of<V> C>
  caf::expected<void> update_element(std::string_view key, T C::* field,
                                     std::type_identity_t<T> value,
                                     V initial) const {
    auto done = set(key, field, std::move(value), std::move(initial));
    if (!done)
      return std::move(done.error());
    return {};
  }

  /// Returns one member of the value. (`ets:lookup_element/3`.)
  /// @returns `errc::key_not_found` where there is no value
  template <class T, base_of<V> C>
  caf::expected<T> lookup_element(std::string_view key, T C::* field) const {
    return store_access::compose(self(), {"lookup_element", key},
                                 [&] { return element(key, field); });
  }

  /// Returns one member of the value, or `otherwise` where there is none.
  /// (`ets:lookup_element/4`.)
  template <class T, base_of<V> C>
  caf::expected<T> lookup_element(std::string_view key, T C::* field,
                                  std::type_identity_t<T> otherwise) const {
    return store_access::compose(self(), {"lookup_element", key}, [&] {
      auto found = element(key, field);
      return !found && found.error() == errc::key_not_found
               ? caf::expected<T>{std::move(otherwise)}
               : found;
    });
  }

  /// Returns one member of all objects of `key`, the oldest first.
  /// (`ets:lookup_element/3` of a bag.)
  template <class T, base_of<V> C>
  caf::expected<std::vector<T>>
  lookup_elements(std::string_view key, T C::* field) const {
    auto collect = [&]() -> caf::expected<std::vector<T>> {
      auto found = ets_primitives<Cache, V>{self()}.lookup(key);
      if (!found)
        return std::move(found.error());
      std::vector<T> result;
      for (const auto& x : found->objects) {
        auto value = x.value.template view<V>();
        if (!value)
          return std::move(value.error());
        result.push_back(value->get()->*field);
      }
      return result;
    };
    return store_access::compose(self(), {"lookup_elements", key}, collect);
  }

private:
  static constexpr auto whole = [](V& value) -> V& { return value; };

  template <class T, class C>
  static auto in_member(T C::* field) {
    return [field](V& value) -> T& { return value.*field; };
  }

  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }

  caf::error missing(std::string_view key) const {
    return make_error(errc::key_not_found, "cache '" + self().name()
                                             + "' has no value for key '"
                                             + std::string{key} + "'");
  }

  inner_calls<Cache, V> inner() const noexcept {
    return inner_calls<Cache, V>{self()};
  }

  template <class T, base_of<V> C>
  caf::expected<T> element(std::string_view key, T C::* field) const {
    auto found = inner().get_view(key);
    if (!found)
      return std::move(found.error());
    if (!*found)
      return missing(key);
    return (**found).get()->*field;
  }

  template <class Select, class Step>
  auto count(std::string_view key, Select select, const Step& step,
             std::optional<V> initial) const {
    using type = std::remove_reference_t<std::invoke_result_t<Select&, V&>>;
    return change<type>({"update_counter", key}, std::move(initial),
                        [&](V& value) -> caf::expected<type> {
                          auto sum = add_checked<type>(select(value), step);
                          if (sum)
                            select(value) = *sum;
                          return sum;
                        });
  }

  template <class T, base_of<V> C>
  caf::expected<bool> set(std::string_view key, T C::* field, T value,
                          std::optional<V> initial) const {
    return change<bool>({"update_element", key}, std::move(initial),
                        [&](V& x) -> caf::expected<bool> {
                          x.*field = value;
                          return true;
                        });
  }

  /// Reads, changes and writes, again and again until nobody was faster.
  template <class R, class F>
  caf::expected<R> change(call_name what, std::optional<V> initial, F f) const {
    auto run = [&, key = what.key]() -> caf::expected<R> {
      for (;;) {
        auto found = inner().get_versioned(key);
        if (!found)
          return std::move(found.error());
        if (!*found && !initial)
          return missing(key);
        auto next = *found ? caf::expected<V>{std::move((*found)->value)}
                           : clone(*initial);
        if (!next)
          return std::move(next.error());
        auto result = f(*next);
        if (!result)
          return result;
        auto written = write(key, *found, std::move(*next));
        if (!written)
          return std::move(written.error());
        if (*written)
          return result;
      }
    };
    return store_access::compose(self(), what, run);
  }

  caf::expected<bool> write(std::string_view key,
                            const std::optional<versioned<V>>& seen,
                            V next) const {
    if (!seen)
      return inner().put_new(key, std::move(next));
    return ets_primitives<Cache, V>{self()}.replace(key, seen->version,
                                                    std::move(next));
  }
};

} // namespace actor_cache::detail
