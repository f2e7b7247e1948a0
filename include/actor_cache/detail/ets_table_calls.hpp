#pragma once

#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/detail/ets_primitives.hpp"
#include "actor_cache/detail/inner_calls.hpp"
#include "actor_cache/stats.hpp"
#include "actor_cache/table_messages.hpp"

namespace actor_cache {

/// What a cache says about its table. (Erlang: `ets:info/1`.)
struct ets_info {
  std::string name;

  /// Nothing in some sandboxes.
  std::optional<ets_details> table;

  /// Size, memory, and what has been counted.
  cache_stats stats;
};

} // namespace actor_cache

namespace actor_cache::detail {

/// The calls of `ets` that are about the table as a whole.
template <class Cache, class V>
class ets_table_calls {
public:
  /// Returns what the table says about itself. (`ets:info/1`.)
  caf::expected<ets_info> info() const {
    auto collect = [&]() -> caf::expected<ets_info> {
      auto stats = inner_calls<Cache, V>{self()}.stats();
      if (!stats)
        return std::move(stats.error());
      ets_info result{self().name(), std::nullopt, std::move(*stats)};
      auto table = store_access::part<msg::ets_info>(self(), as_is{});
      if (table)
        result.table = std::move(*table);
      else if (table.error() != errc::not_supported)
        return std::move(table.error());
      return result;
    };
    return store_access::compose(self(), {"info"}, collect);
  }

private:
  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }
};

} // namespace actor_cache::detail
