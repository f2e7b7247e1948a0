#pragma once

#include "actor_cache/field.hpp"
#include "actor_cache/ttl.hpp"
#include "actor_cache/types.hpp"

#include <caf/error.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace actor_cache {

/// What `get_or_create` does while the store is out of reach.
enum class outage_policy : uint8_t {
  /// Returns the store's error: what the function would have to fetch may not
  /// bear the load that the cache takes off it.
  fail,
  /// Loads, as if nothing were stored, and returns the value although it cannot
  /// be stored.
  load,
};

constexpr std::array<std::string_view, 2> names_of(outage_policy) {
  return {"fail", "load"};
}

template <class Inspector>
bool inspect(Inspector& f, outage_policy& x) {
  auto get = [&x] { return static_cast<uint8_t>(x); };
  auto set = [&x](uint8_t number) {
    x = static_cast<outage_policy>(number);
    return number < names_of(x).size();
  };
  return f.apply(get, set);
}

/// How `get_or_create` loads what is missing. A cache has one set of these in
/// its `cache_spec`; a call may bring its own.
struct load_options {
  /// The lifetime of what was loaded; by default the cache's.
  std::optional<actor_cache::ttl> ttl = std::nullopt;

  /// Shortens each lifetime by a random share of up to this much, so that
  /// entries that were loaded together do not expire together: 0 to 1.
  double ttl_jitter = 0.0;

  /// An entry this close to its deadline is served as it is, while one load in
  /// the background replaces it. (Caffeine: `refreshAfterWrite`.)
  timespan refresh_ahead{0};

  /// For this long after its deadline an entry is served as it is, while one
  /// load in the background replaces it. (RFC 5861, section 3.)
  timespan stale_while_revalidate{0};

  /// For this long after its deadline an entry is served where a load fails.
  /// (RFC 5861, section 4.)
  timespan stale_if_error{0};

  /// For this long a failed load is remembered: callers get its error at once
  /// and no load runs.
  timespan negative_ttl{0};

  /// How long a caller waits for a load that another one runs; the load itself
  /// goes on.
  timespan wait_timeout = std::chrono::seconds{30};

  /// What to do where the store's answer is `errc::unavailable` or
  /// `errc::timeout`.
  outage_policy on_outage = outage_policy::fail;

  /// @returns `errc::invalid_argument`, naming the option, its value and what
  ///          is accepted
  caf::error validate() const;

  static constexpr auto fields = std::tuple{
    field{"ttl", &load_options::ttl},
    field{"ttl_jitter", &load_options::ttl_jitter},
    field{"refresh_ahead", &load_options::refresh_ahead},
    field{"stale_while_revalidate", &load_options::stale_while_revalidate},
    field{"stale_if_error", &load_options::stale_if_error},
    field{"negative_ttl", &load_options::negative_ttl},
    field{"wait_timeout", &load_options::wait_timeout},
    field{"on_outage", &load_options::on_outage},
  };

  /// How long the store keeps an entry beyond its deadline.
  timespan stale_window() const noexcept {
    return std::max(stale_while_revalidate, stale_if_error);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, load_options& x) {
    return f.object(x).fields(
      f.field("ttl", x.ttl), f.field("ttl-jitter", x.ttl_jitter),
      f.field("refresh-ahead", x.refresh_ahead),
      f.field("stale-while-revalidate", x.stale_while_revalidate),
      f.field("stale-if-error", x.stale_if_error),
      f.field("negative-ttl", x.negative_ttl),
      f.field("wait-timeout", x.wait_timeout),
      f.field("on-outage", x.on_outage));
  }
};

} // namespace actor_cache
