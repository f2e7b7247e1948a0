#pragma once

#include "actor_cache/field.hpp"
#include "actor_cache/ttl.hpp"
#include "actor_cache/types.hpp"

#include <caf/error.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <tuple>

namespace actor_cache {

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
      f.field("wait-timeout", x.wait_timeout));
  }
};

} // namespace actor_cache
