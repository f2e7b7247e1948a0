#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/cache_event.hpp"
#include "actor_cache/field.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>

namespace actor_cache {

/// An ets table with a lock for each key, and events, like Elixir's ConCache.
///
/// docs/con_cache.md has all options and calls next to those of ElixirCache.
struct con_cache_options {
  /// How long a call waits for the lock of a key, and a writer for room for an
  /// event.
  timespan acquire_lock_timeout = std::chrono::seconds{5};

  /// Let each read of an entry that expires begin its lifetime anew: as long as
  /// it was to live when it was stored, or had left when it was loaded from a
  /// file. A read writes to the table then.
  bool touch_on_read = false;

  /// The lifetime of entries that are stored without one, where
  /// `cache_spec::default_ttl` is infinite.
  ttl global_ttl = infinite;

  /// How often entries whose time is over are freed, instead of
  /// `cache_spec::sweep_interval`. They are misses from their deadline on.
  std::optional<timespan> ttl_check_interval = std::nullopt;

  /// Let `put`, `erase` and all other writes go ahead while another caller has
  /// the lock of the key. Off makes them take it.
  bool dirty = true;

  /// The table; its `type` must be `set`.
  actor_cache::ets_options ets_options = {};

  /// Who is told what becomes of entries.
  event_sink on_event = {};

  /// How many events may wait for the one who is told.
  size_t event_capacity = 1024;

  /// What happens to those for which there is no room.
  when_full when_events_full = when_full::wait;

  /// @returns `errc::invalid_argument`
  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;

  /// Returns the options for a sandbox: the same over a small table.
  con_cache_options stand_in() const;

  static constexpr auto fields = std::tuple{
    field{"acquire_lock_timeout", &con_cache_options::acquire_lock_timeout},
    field{"touch_on_read", &con_cache_options::touch_on_read},
    field{"global_ttl", &con_cache_options::global_ttl},
    field{"ttl_check_interval", &con_cache_options::ttl_check_interval},
    field{"dirty", &con_cache_options::dirty},
    field{"ets_options", &con_cache_options::ets_options},
    field{"event_capacity", &con_cache_options::event_capacity},
    field{"when_events_full", &con_cache_options::when_events_full},
  };
};

/// What tells a con_cache from other stores.
class con_cache_backend {
public:
  static constexpr std::string_view capability_name = "con_cache_backend";

  virtual ~con_cache_backend() = default;

  virtual event_counts events() const = 0;
};

} // namespace actor_cache
