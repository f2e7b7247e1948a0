#pragma once

#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/detail/ets_primitives.hpp"
#include "actor_cache/detail/inner_calls.hpp"
#include "actor_cache/stats.hpp"
#include "actor_cache/table_messages.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>

#include <functional>
#include <optional>
#include <type_traits>

namespace actor_cache {

/// What a cache says about its table. (Erlang: `dets:info/1`.)
struct dets_info {
  std::string name;

  /// Nothing in a sandbox.
  std::optional<dets_details> table;

  /// Size, memory, and what has been counted.
  cache_stats stats;
};

/// What the function of a `traverse` wants: whether to go on, and what to
/// return. (Erlang: `continue`, `{continue, Val}`, `{done, Val}`.)
template <class T>
struct traversal {
  bool more = true;
  std::optional<T> result = std::nullopt;

  static traversal next() {
    return {};
  }

  static traversal next(T result) {
    return {true, std::move(result)};
  }

  static traversal done() {
    return {false, std::nullopt};
  }

  static traversal done(T result) {
    return {false, std::move(result)};
  }
};

} // namespace actor_cache

namespace actor_cache::detail {

template <class T>
struct traversal_result;

template <class T>
struct traversal_result<traversal<T>> {
  using type = T;
};

/// The calls of `dets` that are about the table as a whole, and that `ets`
/// has not, or has otherwise.
template <class Cache, class V>
class dets_table_calls {
public:
  /// Returns what the table says about itself. (`dets:info/1`.)
  caf::expected<dets_info> info() const {
    auto collect = [&]() -> caf::expected<dets_info> {
      auto stats = inner_calls<Cache, V>{self()}.stats();
      if (!stats)
        return std::move(stats.error());
      dets_info result{self().name(), std::nullopt, std::move(*stats)};
      auto table = store_access::part<msg::dets_info>(self(), as_is{});
      if (table)
        result.table = std::move(*table);
      else if (table.error() != errc::not_supported)
        return std::move(table.error());
      return result;
    };
    return store_access::compose(self(), {"info"}, collect);
  }

  /// Waits until all that was written before is on the disk, whatever
  /// `dets_options::sync` says; does nothing in a sandbox. (`dets:sync/1`.)
  /// @returns `errc::io_error`
  caf::expected<void> sync() const {
    auto flush = [&]() -> caf::expected<void> {
      auto done = store_access::part<msg::sync>(self(), as_is{});
      if (!done && done.error() == errc::not_supported)
        return {}; // a stand-in
      return done;
    };
    return store_access::compose(self(), {"sync"}, flush);
  }

  /// Calls `f(key, value)` for all entries while it wants more, and returns the
  /// results that it returns in a `traversal`, in their order. Writers go on,
  /// as with `select`. (`dets:traverse/2`.)
  template <class F>
  auto traverse(F f) const {
    using step = std::invoke_result_t<F&, const std::string&, const V&>;
    using result = typename traversal_result<step>::type;
    auto visit_all = [&]() -> caf::expected<std::vector<result>> {
      std::vector<result> results;
      ets_primitives<Cache, V> table{self()};
      std::string cursor;
      do {
        auto page = table.scan(std::move(cursor), table.page_size);
        if (!page)
          return std::move(page.error());
        for (const auto& [key, x] : page->entries) {
          auto value = x.value.template view<V>();
          if (!value)
            return std::move(value.error());
          auto wanted = std::invoke(f, key, **value);
          if (wanted.result)
            results.push_back(std::move(*wanted.result));
          if (!wanted.more)
            return results;
        }
        cursor = std::move(page->cursor);
      } while (!cursor.empty());
      return results;
    };
    return store_access::compose(self(), {"traverse"}, visit_all);
  }

  /// Puts all entries into another cache of the same type of values, with the
  /// lifetimes that they have left. Returns how many. (`dets:to_ets/2`.)
  template <class Other>
  caf::expected<uint64_t> to_ets(const Other& other) const {
    return self().copy_to(other);
  }

  /// Puts all entries of another cache in place of all of this one, if that one
  /// can be read. (`dets:from_ets/2`.)
  /// @returns `errc::invalid_argument` where both are the same
  template <class Other>
  caf::expected<uint64_t> from_ets(const Other& other) const {
    auto mine = self().actor();
    if (!mine)
      return std::move(mine.error());
    auto theirs = other.actor();
    if (!theirs)
      return std::move(theirs.error());
    if (caf::actor_cast<caf::actor_addr>(*mine)
        == caf::actor_cast<caf::actor_addr>(*theirs))
      return make_error(errc::invalid_argument,
                        "from_ets: cache '" + self().name()
                          + "' cannot be filled from itself");
    auto found = other.scan({}, 1);
    if (!found)
      return std::move(found.error());
    if (auto done = self().clear(); !done)
      return std::move(done.error());
    return self().copy_from(other);
  }

private:
  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }
};

} // namespace actor_cache::detail
