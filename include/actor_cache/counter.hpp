#pragma once

#include "actor_cache/adapters/counter.hpp"
#include "actor_cache/cache.hpp"

#include <concepts>

namespace actor_cache {

/// Names the counter adapter in the type of a handle: `cache<int64_t, counter>`
/// has, beyond the calls of every cache, those that do not tell the new number.
struct counter {
  static constexpr std::string_view name = "counter";

  template <class Cache, class V>
  class calls {
  public:
    /// Adds `step` to the number under `key`, a missing one counting as zero.
    /// Any number of threads may do so at once without slowing each other down.
    /// The number stops at the ends of the range of `V`, and what `get` returns
    /// meanwhile may lack some of what other threads just added. (ElixirCache:
    /// `increment/2`; Java: `LongAdder`.)
    ///
    /// `increment` and `decrement`, which return the number, are slower under a
    /// key that threads `count` up at the same time.
    caf::expected<void> count(std::string_view key, V step = V{1}) const
      requires(std::integral<V> && !std::same_as<V, bool>)
    {
      return change(key, detail::arithmetic_op::add, step);
    }

    /// Subtracts `step`; otherwise as `count`.
    caf::expected<void> count_down(std::string_view key, V step = V{1}) const
      requires(std::integral<V> && !std::same_as<V, bool>)
    {
      return change(key, detail::arithmetic_op::subtract, step);
    }

  private:
    caf::expected<void> change(std::string_view key, detail::arithmetic_op op,
                               V step) const {
      const auto& self = static_cast<const Cache&>(*this);
      auto up = op == detail::arithmetic_op::add;
      auto run = [&]() -> caf::expected<void> {
        auto engine = detail::store_access::direct(self);
        if (engine != nullptr)
          return detail::explained(
            engine->count_blindly(key, op, term::of(step)), self.name(), key);
        auto done = up ? self.increment(key, step) : self.decrement(key, step);
        if (!done)
          return std::move(done.error());
        return {};
      };
      return detail::store_access::compose(self,
                                           {up ? "count" : "count_down", key},
                                           run);
    }
  };
};

} // namespace actor_cache
