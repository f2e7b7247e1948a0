#pragma once

#include "actor_cache/detail/ets_primitives.hpp"
#include "actor_cache/match.hpp"

#include <functional>

namespace actor_cache::detail {

/// The calls of `ets` that change all entries that match. None stops writers;
/// an entry changes only in the state that matched. The callables run without a
/// lock and may use the cache.
template <class Cache, class V>
class ets_change_calls {
public:
  /// Removes the entries that match; returns how many it removed. An entry that
  /// another caller changes meanwhile is looked at again.
  /// (`ets:select_delete/2`.)
  template <match_spec<V> Spec>
  caf::expected<uint64_t> select_delete(Spec spec) const {
    auto remove = [this](const auto& key, const auto& object, const V&) {
      return primitives().erase(key, object.version);
    };
    return change_matching({"select_delete"}, spec, remove);
  }

  /// The same. (`ets:match_delete/2`.)
  template <match_spec<V> Spec>
  caf::expected<uint64_t> match_delete(Spec spec) const {
    return select_delete(std::move(spec));
  }

  /// Replaces the value of each entry that matches by `next(key, value)`; the
  /// entry keeps its deadline. Returns how many it replaced. Each replacement
  /// is one step. (`ets:select_replace/2`.)
  template <match_spec<V> Spec, class F>
    requires std::is_invocable_r_v<V, F&, const std::string&, const V&>
  caf::expected<uint64_t> select_replace(Spec spec, F next) const {
    auto replace = [&](const auto& key, const auto& object, const V& value) {
      return primitives().replace(key, object.version,
                                  std::invoke(next, key, value));
    };
    return change_matching({"select_replace"}, spec, replace);
  }

private:
  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }

  ets_primitives<Cache, V> primitives() const {
    return ets_primitives<Cache, V>{self()};
  }

  /// Calls `act(key, object, value)`, which tells whether the object was still
  /// there, for all that match; where it was not, looks at the key again.
  template <class Spec, class Act>
  caf::expected<uint64_t>
  change_matching(call_name what, const Spec& spec, Act act) const {
    auto change_all = [&]() -> caf::expected<uint64_t> {
      uint64_t result = 0;
      auto err = primitives().for_each(
        [&](const std::string& key, const auto& x) -> caf::error {
          auto done = change_one(spec, act, key, x);
          if (!done)
            return std::move(done.error());
          result += *done ? 1 : 0;
          return {};
        });
      if (!err.empty())
        return err;
      return result;
    };
    return store_access::compose(self(), what, change_all);
  }

  template <class Spec, class Act>
  caf::expected<bool> change_one(const Spec& spec, Act& act,
                                 const std::string& key, found_entry x) const {
    for (;;) {
      auto value = x.value.template view<V>();
      if (!value)
        return std::move(value.error());
      if (!std::invoke(spec, key, **value))
        return false;
      auto done = act(key, x, **value);
      if (!done || *done)
        return done;
      auto again = primitives().lookup(key);
      if (!again)
        return std::move(again.error());
      // An object of a bag that is gone has no successor.
      if (again->holds_many || again->objects.empty())
        return false;
      x = std::move(again->objects.front());
    }
  }
};

} // namespace actor_cache::detail
