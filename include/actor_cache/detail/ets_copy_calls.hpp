#pragma once

#include "actor_cache/adapters/ets_file.hpp"
#include "actor_cache/detail/ets_primitives.hpp"

#include <concepts>

namespace actor_cache::detail {

/// The calls of `ets` that take all entries elsewhere, or from there.
template <class Cache, class V>
class ets_copy_calls {
public:
  /// Writes all entries, with the lifetimes that they have left, to a file that
  /// appears when it is complete. Writers go on meanwhile. Blocks on the disk:
  /// not for actors that the scheduler runs. (`ets:tab2file/2`.)
  /// @returns `errc::io_error`, `errc::encoding_failed`
  caf::expected<void>
  save_to(const std::string& path,
          const compression_options& compression = {}) const {
    return guarded([&]() -> caf::expected<void> {
      auto now = std::chrono::system_clock::now();
      auto out = ets_file_writer::create(path, self().name(), now);
      if (!out)
        return std::move(out.error());
      auto err = ets_primitives<Cache, V>{self()}.for_each(
        [&](const std::string& key, const found_entry& x) {
          return out->add(key, x.value, x.remaining, compression);
        });
      if (err.empty())
        err = out->commit();
      if (!err.empty())
        return err;
      return {};
    });
  }

  /// Puts all entries of a file that `save_to` or `rehydration_path` wrote, if
  /// the file is intact and all its values are of type `V`; other entries stay.
  /// Blocks on the disk. (`ets:file2tab/2`.)
  /// @returns `errc::corrupt_value`, `errc::type_mismatch`, `errc::io_error`
  caf::expected<ets_file_info> load_from(const std::string& path) const {
    return guarded([&]() -> caf::expected<ets_file_info> {
      auto now = std::chrono::system_clock::now();
      auto check = [&](const std::string& key, const term& value, ttl) {
        return value.template holds<V>() ? caf::error{} : foreign(path, key);
      };
      if (auto checked = read_ets_file(path, now, check); !checked)
        return checked;
      return read_ets_file(
        path, now,
        [&](const std::string& key, term value, ttl remaining) -> caf::error {
          auto done = store_access::call<msg::put>(self(), as_is{}, key,
                                                   std::move(value),
                                                   std::optional{remaining});
          return done ? caf::error{} : std::move(done.error());
        });
    });
  }

  /// Puts all entries into another cache of the same type of values, with the
  /// lifetimes that they have left. Returns how many. (`ets:to_dets/2`.)
  template <class Other>
    requires std::same_as<typename Other::value_type, V>
  caf::expected<uint64_t> copy_to(const Other& other) const {
    return copy(self(), other);
  }

  /// Puts all entries of another cache into this one. (`ets:from_dets/2`.)
  template <class Other>
    requires std::same_as<typename Other::value_type, V>
  caf::expected<uint64_t> copy_from(const Other& other) const {
    return copy(other, self());
  }

private:
  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }

  template <class From, class To>
  static caf::expected<uint64_t> copy(const From& from, const To& to) {
    return guarded([&]() -> caf::expected<uint64_t> {
      uint64_t result = 0;
      std::string cursor;
      do {
        auto page = from.scan(std::move(cursor));
        if (!page)
          return std::move(page.error());
        for (auto& [key, x] : page->entries) {
          auto done = to.put(key, std::move(x.value), x.remaining);
          if (!done)
            return std::move(done.error());
          ++result;
        }
        cursor = std::move(page->cursor);
      } while (!cursor.empty());
      return result;
    });
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
