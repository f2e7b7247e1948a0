#pragma once

#include "actor_cache/detail/ets_primitives.hpp"
#include "actor_cache/match.hpp"

#include <algorithm>
#include <concepts>
#include <functional>

namespace actor_cache {

/// A part of the results of a call with a limit.
template <class R>
struct select_page {
  std::vector<R> results;

  /// Where the next page begins, for the same call; empty at the end. A plain
  /// text that may be kept and sent.
  std::string cursor;
};

} // namespace actor_cache

namespace actor_cache::detail {

/// The calls of `ets` that look at all entries. None stops writers; each entry
/// that is there all the time is seen exactly once, in the state that it is in
/// then. The callables run without a lock and may use the cache.
template <class Cache, class V>
class ets_select_calls {
public:
  using object = std::pair<std::string, V>;

  /// Returns all entries that match. (`ets:match_object/2`, and `ets:select/2`
  /// with the body `['$_']`.)
  template <match_spec<V> Spec>
  caf::expected<std::vector<object>> match_object(Spec spec) const {
    return select(std::move(spec), whole_object);
  }

  /// Returns about `limit` entries that match, from the cursor of the last page
  /// on. (`ets:match_object/3` and `/1`.)
  template <match_spec<V> Spec>
  caf::expected<select_page<object>>
  match_object(Spec spec, size_t limit, std::string cursor = {}) const {
    return select(std::move(spec), whole_object, limit, std::move(cursor));
  }

  template <match_spec<V> Spec>
  caf::expected<std::vector<object>> select(Spec spec) const {
    return select(std::move(spec), whole_object);
  }

  template <match_spec<V> Spec>
  caf::expected<select_page<object>>
  select(Spec spec, size_t limit, std::string cursor = {}) const {
    return select(std::move(spec), whole_object, limit, std::move(cursor));
  }

  /// Returns `project(key, value)` of all entries that match. (`ets:select/2`,
  /// `ets:match/2`.)
  template <match_spec<V> Spec, class F>
    requires std::invocable<F&, const std::string&, const V&>
  auto select(Spec spec, F project) const {
    using result = std::invoke_result_t<F&, const std::string&, const V&>;
    auto collect = [&]() -> caf::expected<std::vector<std::decay_t<result>>> {
      std::vector<std::decay_t<result>> results;
      auto err = visit_matching(spec, [&](const auto& key, const V& value) {
        results.push_back(std::invoke(project, key, value));
      });
      if (!err.empty())
        return err;
      return results;
    };
    return store_access::compose(self(), {"select"}, collect);
  }

  /// Returns `project(key, value)` of about `limit` entries that match, from
  /// the cursor of the last page on. (`ets:select/3` and `/1`.)
  template <match_spec<V> Spec, class F>
    requires std::invocable<F&, const std::string&, const V&>
  auto
  select(Spec spec, F project, size_t limit, std::string cursor = {}) const {
    return page_of({"select"}, spec, project, limit, std::move(cursor),
                   [this](std::string from, size_t count) {
                     return primitives().scan(std::move(from), count);
                   });
  }

  /// Works as `select`, in reverse order. (`ets:select_reverse/1,2,3`.) With a
  /// limit it gives `errc::not_supported` where calls are mail.
  template <match_spec<V> Spec>
  caf::expected<std::vector<object>> select_reverse(Spec spec) const {
    return select_reverse(std::move(spec), whole_object);
  }

  template <match_spec<V> Spec, class F>
    requires std::invocable<F&, const std::string&, const V&>
  auto select_reverse(Spec spec, F project) const {
    auto result = select(std::move(spec), std::move(project));
    if (result)
      std::reverse(result->begin(), result->end());
    return result;
  }

  template <match_spec<V> Spec>
  caf::expected<select_page<object>>
  select_reverse(Spec spec, size_t limit, std::string cursor = {}) const {
    auto project = whole_object;
    return page_of({"select_reverse"}, spec, project, limit, std::move(cursor),
                   [this](std::string from, size_t count) {
                     return primitives().scan_back(from, count);
                   });
  }

  /// Returns how many entries match. (`ets:select_count/2`.)
  template <match_spec<V> Spec>
  caf::expected<uint64_t> select_count(Spec spec) const {
    auto count = [&]() -> caf::expected<uint64_t> {
      uint64_t result = 0;
      auto err = visit_matching(spec, [&](const auto&, const V&) { ++result; });
      if (!err.empty())
        return err;
      return result;
    };
    return store_access::compose(self(), {"select_count"}, count);
  }

  /// Returns all entries. (`ets:tab2list/1`.)
  caf::expected<std::vector<object>> tab2list() const {
    return select(match::any);
  }

  /// Returns `f(... f(f(first, key, value), key, value) ...)` over all entries.
  /// (`ets:foldl/3`.)
  template <class T, class F>
    requires std::is_invocable_r_v<T, F&, T, const std::string&, const V&>
  caf::expected<T> foldl(T first, F f) const {
    auto fold = [&]() -> caf::expected<T> {
      auto err = visit_matching(match::any, [&](const auto& key, const V& x) {
        first = std::invoke(f, std::move(first), key, x);
      });
      if (!err.empty())
        return err;
      return std::move(first);
    };
    return store_access::compose(self(), {"foldl"}, fold);
  }

  /// Works as `foldl`, in reverse order; holds all entries in memory for that.
  /// (`ets:foldr/3`.)
  template <class T, class F>
    requires std::is_invocable_r_v<T, F&, T, const std::string&, const V&>
  caf::expected<T> foldr(T first, F f) const {
    auto fold = [&]() -> caf::expected<T> {
      std::vector<std::pair<std::string, term>> all;
      auto err = primitives().for_each([&](auto& key, auto& x) -> caf::error {
        all.emplace_back(std::move(key), std::move(x.value));
        return {};
      });
      if (!err.empty())
        return err;
      for (auto i = all.rbegin(); i != all.rend(); ++i) {
        auto value = i->second.template view<V>();
        if (!value)
          return std::move(value.error());
        first = std::invoke(f, std::move(first), std::as_const(i->first),
                            **value);
      }
      return std::move(first);
    };
    return store_access::compose(self(), {"foldr"}, fold);
  }

private:
  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }

  static constexpr auto whole_object
    = [](const std::string& key, const V& value) { return object{key, value}; };

  ets_primitives<Cache, V> primitives() const {
    return ets_primitives<Cache, V>{self()};
  }

  /// Calls `f(key, value)` for all entries that match.
  template <class Spec, class F>
  caf::error visit_matching(const Spec& spec, F f) const {
    return primitives().for_each(
      [&](const std::string& key, const auto& x) -> caf::error {
        auto value = x.value.template view<V>();
        if (!value)
          return std::move(value.error());
        if (std::invoke(spec, key, **value))
          f(key, **value);
        return {};
      });
  }

  template <class Spec, class F, class Scan>
  auto page_of(call_name what, const Spec& spec, F& project, size_t limit,
               std::string cursor, Scan scan) const {
    using result
      = std::decay_t<std::invoke_result_t<F&, const std::string&, const V&>>;
    auto collect = [&]() -> caf::expected<select_page<result>> {
      if (limit == 0)
        return make_error(errc::invalid_argument,
                          "select: limit is 0; accepted is 1 or more");
      select_page<result> out;
      do {
        auto page = scan(std::move(cursor), limit - out.results.size());
        if (!page)
          return std::move(page.error());
        for (const auto& [key, x] : page->entries) {
          auto value = x.value.template view<V>();
          if (!value)
            return std::move(value.error());
          if (std::invoke(spec, key, **value))
            out.results.push_back(std::invoke(project, key, **value));
        }
        cursor = std::move(page->cursor);
      } while (!cursor.empty() && out.results.size() < limit);
      out.cursor = std::move(cursor);
      return out;
    };
    return store_access::compose(self(), what, collect);
  }
};

} // namespace actor_cache::detail
