#pragma once

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/messages.hpp"
#include "actor_cache/ordered.hpp"

#include <caf/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace actor_cache::detail {

/// What the calls of `ets` are made of, none a call of its own to telemetry:
/// each works by what the store itself can
/// do, where it is at hand, else by calls that every cache answers.
template <class Cache, class V>
class ets_primitives {
public:
  explicit ets_primitives(const Cache& cache)
    : cache_(cache), engine_(store_access::direct(cache)) {
    // nop
  }

  // -- the objects of one key -------------------------------------------------

  caf::expected<object_list> lookup(std::string_view key) const {
    return store_access::part<msg::lookup>(cache_, as_is{}, key);
  }

  /// Removes all objects of `key` and returns them.
  caf::expected<object_list> take_all(std::string_view key) const {
    return store_access::part<msg::take_all>(cache_, as_is{}, key);
  }

  /// Removes one object; tells whether it was still there.
  caf::expected<bool> erase(std::string_view key, version which) const {
    return store_access::part<msg::erase_object>(cache_, as_is{}, key, which);
  }

  /// Replaces one object, which keeps its deadline; tells whether it was still
  /// there.
  caf::expected<bool> replace(std::string_view key, version which,
                              V next) const {
    return store_access::part<msg::replace_object>(cache_, as_is{}, key, which,
                                                   term::of(std::move(next)));
  }

  // -- all entries ------------------------------------------------------------

  caf::expected<entry_page> scan(std::string cursor, size_t limit) const {
    return store_access::part<msg::scan>(cache_, as_is{}, std::move(cursor),
                                         uint64_t{limit});
  }

  /// Calls `visit(key, object)`, which returns a `caf::error`, for all entries.
  template <class Visit>
  caf::error for_each(Visit visit) const {
    std::string cursor;
    do {
      auto page = scan(std::move(cursor), page_size);
      if (!page)
        return std::move(page.error());
      for (auto& [key, object] : page->entries)
        if (auto err = visit(key, object); !err.empty())
          return err;
      cursor = std::move(page->cursor);
    } while (!cursor.empty());
    return {};
  }

  /// Works as `scan`, from the end to the beginning.
  caf::expected<entry_page> scan_back(std::string_view cursor,
                                      size_t limit) const {
    auto* order = capability<ordered>();
    if (order == nullptr)
      return make_error(errc::not_supported,
                        "this cache cannot be read backwards page by page; "
                        "select_reverse without a limit works");
    auto now = engine_->begin_read();
    if (!now)
      return std::move(now.error());
    auto page = order->scan_back(cursor, limit, *now);
    if (!page)
      return std::move(page.error());
    entry_page result{{}, std::move(page->cursor)};
    for (auto& [key, x] : page->entries)
      if (x.fresh(*now))
        result.entries.emplace_back(std::move(key), to_found(x, *now));
    return result;
  }

  /// Returns the key next to `key`; without `key`, the first or the last one.
  caf::expected<std::optional<std::string>>
  neighbour(std::optional<std::string_view> key, direction way) const {
    auto* order = capability<ordered>();
    if (order == nullptr)
      return neighbour_by_scan(key, way);
    auto now = engine_->begin_read();
    if (!now)
      return std::move(now.error());
    return order->neighbour(key, way, *now);
  }

  static constexpr size_t page_size = 256;

private:
  template <class T>
  T* capability() const noexcept {
    return store_access::capability<T>(engine_);
  }

  static found_entry to_found(entry& x, time_point now) {
    return {std::move(x.value), x.version, x.remaining(now)};
  }

  /// Goes from the beginning to `key`: O(n).
  caf::expected<std::optional<std::string>>
  neighbour_by_scan(std::optional<std::string_view> key, direction way) const {
    std::optional<std::string> before;
    std::optional<std::string> found;
    auto seen = way == direction::forward && !key;
    auto err = for_each([&](const std::string& x, const auto&) -> caf::error {
      if (way == direction::forward) {
        if (seen && !found && x != key)
          found = x;
        seen = seen || x == key;
      } else if (x == key) {
        seen = true;
      } else if (!seen) {
        before = x;
      }
      return {};
    });
    if (!err.empty())
      return err;
    if (way == direction::backward && (seen || !key))
      found = before;
    return found;
  }

  const Cache& cache_;
  engine_ref engine_;
};

} // namespace actor_cache::detail
