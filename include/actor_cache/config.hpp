#pragma once

// Caches from CAF's own configuration: a file or the command line. The groups
// and their options are in docs/configuration.md.

#include "actor_cache/adapter_options.hpp"
#include "actor_cache/spec.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache {

/// Reads the adapter of a cache and its options each time the cache starts:
/// `cache_spec{.name = "users", .adapter = from_config{}}`. (ElixirCache:
/// `opts: :app` and `opts: {:app, :key}`.)
///
/// The group holds options of an adapter, and in `adapter` its name; without it
/// the adapter is the one that a `cache_spec` has by default.
struct from_config {
  /// The path of a group in CAF's configuration, e.g. "my_app.cache_opts";
  /// empty for `actor_cache.caches.<name of the cache>`.
  std::string path = {};

  /// @returns `errc::invalid_argument` where there is no such group, or where
  ///          one of its options is unknown or invalid
  caf::expected<adapter_options>
  operator()(const adapter_context& context) const;
};

/// Returns `defaults` with all that the group `actor_cache.caches.<its name>`
/// sets, of the cache and of its adapter. Where the group names no adapter, the
/// options are added to those of `defaults`, and a function that returns those
/// runs now, unless the group has options of the cache alone. Without a group,
/// returns `defaults`.
/// @returns `errc::invalid_argument`, naming the option, its value and what is
///          accepted; for an unknown one the nearest name
caf::expected<cache_spec> configured(caf::actor_system& system,
                                     cache_spec defaults);

/// Returns a spec for each group in `actor_cache.caches`, in the order of their
/// names, which are the names of the caches.
/// @returns the errors of `configured`
caf::expected<std::vector<cache_spec>>
caches_from_config(caf::actor_system& system);

/// Prepares `config` for options of caches. Call it before
/// `config.parse(argc, argv)`, with the same arguments.
///
/// CAF refuses options on the command line that it was not told of; this tells
/// it of all that begin with `--<prefix>.`, where other prefixes are for paths
/// that a `from_config` names. And CAF 0.18 loses a line such as
/// `actor_cache.caches.users.shards = 8` of a file, with all that follows; this
/// reads the file for it.
/// @returns why the file cannot be parsed; one that is not there is left for
///          `config.parse` to complain of
caf::error prepare_config(caf::actor_system_config& config, int argc,
                          const char* const* argv,
                          std::string_view prefix = "actor_cache");

namespace detail {

caf::error register_adapter(caf::actor_system& system, std::string name,
                            any_options_ptr defaults);

} // namespace detail

/// Lets the configuration of `system` name an adapter of your own. Options that
/// it does not set have the values of `defaults`. Call it before the caches are
/// started or read from configuration.
/// @returns `errc::name_taken` where there is an adapter of that name,
///          `errc::invalid_argument` where one of its options has the name of
///          an option that each cache has
template <adapter_config T>
caf::error
register_adapter(caf::actor_system& system, std::string name, T defaults = {}) {
  return detail::register_adapter(system, std::move(name),
                                  std::make_shared<const detail::options_of<T>>(
                                    std::move(defaults)));
}

} // namespace actor_cache
