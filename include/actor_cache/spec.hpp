#pragma once

#include "actor_cache/adapter_options.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/clock.hpp"
#include "actor_cache/compression_options.hpp"
#include "actor_cache/field.hpp"
#include "actor_cache/load_options.hpp"
#include "actor_cache/provenance_options.hpp"
#include "actor_cache/ttl.hpp"

#include <chrono>
#include <string>
#include <tuple>

namespace actor_cache {

/// Describes one cache: what a supervisor starts. (ElixirCache: `use Cache` and
/// `child_spec/1`.)
struct cache_spec {
  /// The cache's name, unique in its actor system.
  std::string name;

  /// The backend and its options, a function that returns them, or
  /// `from_config{}` to read them from CAF's configuration.
  adapter_options adapter = ets_options{};

  /// The lifetime of entries that are stored without one.
  ttl default_ttl = infinite;

  /// For tests: gives each test an instance of its own, in memory, whatever
  /// `adapter` says. Its options are not validated, and nothing is connected to
  /// or opened. docs/testing.md has the rest. (ElixirCache: `sandbox?`.)
  bool sandbox = false;

  /// How `get_or_create` loads where a call brings no options of its own.
  load_options loading = {};

  /// How values are compressed where the adapter stores bytes. (ElixirCache:
  /// `compression_level`.)
  compression_options compression = {};

  /// How often the cache frees a part of the entries whose time is over. They
  /// are misses from their deadline on in any case.
  timespan sweep_interval = std::chrono::seconds{1};

  /// How long a call by mail waits for its answer.
  timespan call_timeout = std::chrono::seconds{5};

  /// Begin with an empty store after each crash of the cache's actor, instead
  /// of going on with the entries that were there.
  bool clean_restart = false;

  /// What `explain` can tell about where values come from.
  provenance_options provenance = {};

  /// Where the time comes from; by default the actor system's clock.
  clock_ptr clock = nullptr;

  /// Checks everything but the adapter's own options.
  /// @returns `errc::invalid_argument`, naming the field, the value it has and
  ///          what is accepted
  caf::error validate() const;

  /// What configuration can set beside the adapter and its options.
  static constexpr auto fields = std::tuple{
    field{"default_ttl", &cache_spec::default_ttl},
    field{"sandbox", &cache_spec::sandbox},
    field{"loading", &cache_spec::loading},
    field{"compression", &cache_spec::compression},
    field{"sweep_interval", &cache_spec::sweep_interval},
    field{"call_timeout", &cache_spec::call_timeout},
    field{"clean_restart", &cache_spec::clean_restart},
    field{"provenance", &cache_spec::provenance},
  };
};

} // namespace actor_cache
