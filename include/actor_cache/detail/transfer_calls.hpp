#pragma once

#include "actor_cache/adapters/ets_file.hpp"
#include "actor_cache/detail/conversions.hpp"
#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/messages.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace actor_cache::detail {

/// The calls of a cache that move all its entries at once, whatever adapter it
/// has and whichever road leads to it. Writers go on meanwhile: each entry that
/// is there all the time is moved, others may be.
template <class Cache, class V>
class transfer_calls {
public:
  /// Puts all entries into another cache of the same type of values, with the
  /// lifetimes that they have left; what else it has stays. Returns how many.
  template <class Other>
    requires std::same_as<typename Other::value_type, V>
  caf::expected<uint64_t> copy_to(const Other& other) const {
    auto move_all = [&]() -> caf::expected<uint64_t> {
      uint64_t result = 0;
      auto err = each([&](const std::string& key, const found_entry& x,
                          wall_time) {
        auto done = store_access::part<msg::put>(other, as_is{},
                                                 std::string_view{key}, x.value,
                                                 std::optional{x.remaining});
        result += done ? 1 : 0;
        return done ? caf::error{} : std::move(done.error());
      });
      if (!err.empty())
        return err;
      return result;
    };
    return store_access::compose(self(), {"copy_to"}, move_all);
  }

  /// Writes all entries, with the lifetimes that they have left, to a file that
  /// appears when it is complete, in the format of docs/ets.md. Returns how
  /// many. Blocks on the disk: not for actors that the scheduler runs.
  /// @returns `errc::io_error`, `errc::encoding_failed`; an older file of that
  ///          name is as it was then
  caf::expected<uint64_t>
  save_snapshot(const std::string& path,
                const compression_options& compression = {}) const {
    auto move_all = [&]() -> caf::expected<uint64_t> {
      auto now = std::chrono::system_clock::now();
      auto out = ets_file_writer::create(path, self().name(), now);
      if (!out)
        return std::move(out.error());
      uint64_t result = 0;
      auto err = each(
        [&](const std::string& key, const found_entry& x, wall_time read_at) {
          ++result;
          // In the file lifetimes begin at `now`.
          auto span = x.remaining.is_infinite()
                        ? x.remaining
                        : ttl{x.remaining.span() + (read_at - now)};
          return out->add(key, x.value, span, compression);
        });
      if (err.empty())
        err = out->commit();
      if (!err.empty())
        return err;
      return result;
    };
    return store_access::compose(self(), {"save_snapshot"}, move_all);
  }

  /// Puts all entries of a file that `save_snapshot`, or the ets adapter,
  /// wrote, if the file is intact and all its values are of type `V`; other
  /// entries stay. Lifetimes went on since the file was written. Returns how
  /// many entries there were to put. Blocks on the disk.
  /// @returns `errc::corrupt_value`, `errc::type_mismatch`, `errc::io_error`
  caf::expected<uint64_t> load_snapshot(const std::string& path) const {
    auto move_all = [&]() -> caf::expected<uint64_t> {
      auto now = std::chrono::system_clock::now();
      auto check = [&](const std::string& key, const term& value, ttl) {
        return value.template holds<V>() ? caf::error{} : foreign(path, key);
      };
      if (auto checked = read_ets_file(path, now, check); !checked)
        return std::move(checked.error());
      uint64_t result = 0;
      auto info = read_ets_file(
        path, now,
        [&](const std::string& key, term value, ttl remaining) -> caf::error {
          auto done = store_access::part<msg::put>(self(), as_is{},
                                                   std::string_view{key},
                                                   std::move(value),
                                                   std::optional{remaining});
          result += done ? 1 : 0;
          return done ? caf::error{} : std::move(done.error());
        });
      if (!info)
        return std::move(info.error());
      return result;
    };
    return store_access::compose(self(), {"load_snapshot"}, move_all);
  }

private:
  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }

  /// Calls `visit(key, object, read_at)`, which returns a `caf::error`, for all
  /// entries; lifetimes are those at `read_at`.
  template <class Visit>
  caf::error each(Visit visit) const {
    std::string cursor;
    do {
      auto read_at = std::chrono::system_clock::now();
      auto page = store_access::part<msg::scan>(self(), as_is{},
                                                std::move(cursor),
                                                uint64_t{256});
      if (!page)
        return std::move(page.error());
      for (const auto& [key, object] : page->entries)
        if (auto err = visit(key, object, read_at); !err.empty())
          return err;
      cursor = std::move(page->cursor);
    } while (!cursor.empty());
    return {};
  }

  caf::error foreign(const std::string& path, std::string_view key) const {
    return make_error(errc::type_mismatch,
                      "cache '" + self().name() + "': the value of key '"
                        + std::string{key} + "' in '" + path
                        + "' is of another type than "
                        + std::string{type_name<V>()} + "; nothing was loaded");
  }
};

} // namespace actor_cache::detail
