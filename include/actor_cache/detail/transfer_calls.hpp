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

/// Tells how long a call that moves entries has been at it: by the clock of the
/// cache, or where calls are mail by this process's own.
template <class Engine>
class moving_time {
public:
  explicit moving_time(Engine engine) : engine_(std::move(engine)) {
    begin_ = now();
  }

  timespan passed() const {
    return now() - begin_;
  }

  /// Returns what is left by now of a lifetime that began with the call.
  std::optional<ttl> left_of(ttl span) const {
    if (span.is_infinite())
      return span;
    auto rest = span.span() - passed();
    return rest > timespan{0} ? std::optional{ttl{rest}} : std::nullopt;
  }

private:
  timespan now() const {
    if (engine_ == nullptr)
      return std::chrono::steady_clock::now().time_since_epoch();
    auto time = engine_->begin_read();
    return time ? time->time_since_epoch() : begin_; // stopped: so are calls
  }

  Engine engine_;
  timespan begin_{0};
};

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
      moving_time time{store_access::direct(self())};
      auto err = each(time, [&](const std::string& key, const term& value,
                                ttl lifetime) {
        return move_one(other, key, value, time.left_of(lifetime), result);
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
      // In the file lifetimes begin at `now`.
      moving_time time{store_access::direct(self())};
      auto err = each(time, [&](const std::string& key, const term& value,
                                ttl lifetime) {
        ++result;
        return out->add(key, value, lifetime, compression);
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
      moving_time time{store_access::direct(self())};
      auto check = [&](const std::string& key, const term& value, ttl) {
        return value.template holds<V>() ? caf::error{} : foreign(path, key);
      };
      if (auto checked = read_ets_file(path, now, check); !checked)
        return std::move(checked.error());
      uint64_t result = 0;
      auto info = read_ets_file(
        path, now, [&](const std::string& key, term value, ttl lifetime) {
          return move_one(self(), key, std::move(value), time.left_of(lifetime),
                          result);
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

  /// Calls `visit(key, value, lifetime)`, which returns a `caf::error`, for all
  /// entries; lifetimes are counted from the begin of `time`.
  template <class Time, class Visit>
  caf::error each(const Time& time, Visit visit) const {
    std::string cursor;
    do {
      auto passed = time.passed();
      auto page = store_access::part<msg::scan>(self(), as_is{},
                                                std::move(cursor),
                                                uint64_t{256});
      if (!page)
        return std::move(page.error());
      for (const auto& [key, x] : page->entries) {
        auto lifetime = x.remaining.is_infinite()
                          ? x.remaining
                          : ttl{x.remaining.span() + passed};
        if (auto err = visit(key, x.value, lifetime); !err.empty())
          return err;
      }
      cursor = std::move(page->cursor);
    } while (!cursor.empty());
    return {};
  }

  /// Puts an entry that has not expired on its way into `to`, and counts it.
  template <class Other>
  static caf::error move_one(const Other& to, std::string_view key, term value,
                             std::optional<ttl> left, uint64_t& count) {
    if (!left)
      return {};
    auto done = store_access::part<msg::put>(to, as_is{}, key, std::move(value),
                                             left);
    count += done ? 1 : 0;
    return done ? caf::error{} : std::move(done.error());
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
