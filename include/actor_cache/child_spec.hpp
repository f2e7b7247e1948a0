#pragma once

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/spec.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace actor_cache {

// Everything in this file mirrors Erlang's `supervisor` and Elixir's
// `Supervisor` and `DynamicSupervisor`, down to the defaults.

/// Whether a child that has ended is started again.
enum class restart_type : uint8_t {
  /// Always.
  permanent,
  /// Where it failed: an actor that ends with `caf::exit_reason::normal` or
  /// `user_shutdown`, or without a reason, is done.
  transient,
  /// Never; the supervisor forgets it.
  temporary,
};

/// What else is restarted with a child that has ended.
enum class restart_strategy : uint8_t {
  /// Nothing.
  one_for_one,
  /// All children.
  one_for_all,
  /// The children that were started after it.
  rest_for_one,
  /// Nothing; for children that come and go by the thousand. They need no id,
  /// the supervisor forgets those that are done, and stops all at the same time
  /// instead of one after the other. (Elixir: `DynamicSupervisor`.)
  dynamic,
};

/// Whether a supervisor ends by itself because significant children are done.
enum class auto_shutdown : uint8_t {
  never,
  /// As soon as one of them is done.
  any_significant,
  /// Once none of them is left.
  all_significant,
};

std::string to_string(restart_type x);

std::string to_string(restart_strategy x);

std::string to_string(auto_shutdown x);

/// How long to wait before a child is started again: `initial` the first time,
/// `factor` times as long with each further failure, `max` at most. Off by
/// default: children are restarted at once, as in Elixir, which has no such
/// option.
struct backoff_options {
  /// 0 switches the waiting off.
  timespan initial{0};

  double factor = 2.0;

  timespan max = std::chrono::seconds{30};

  /// The share by which each wait is made longer or shorter at random, 0 to 1,
  /// so that what failed together does not come back together.
  double jitter = 0.1;

  /// A child that has run for this long has recovered: its next failure counts
  /// as its first.
  timespan reset_after = std::chrono::minutes{1};

  /// @returns `errc::invalid_argument`
  caf::error validate() const;
};

/// How a supervisor goes about its children. (Erlang: `supervisor:sup_flags`.)
struct supervisor_options {
  /// What the supervisor is called in a printed tree and in the paths of its
  /// children; empty for a number. Of a supervisor that is a child itself, the
  /// name is its id.
  std::string name = {};

  restart_strategy strategy = restart_strategy::one_for_one;

  /// More restarts than this within `max_period` are given up on: the
  /// supervisor stops its children and fails with `errc::child_failed`, so that
  /// its own supervisor decides. 0 gives up on the first failure.
  int max_restarts = 3;

  timespan max_period = std::chrono::seconds{5};

  actor_cache::auto_shutdown auto_shutdown = auto_shutdown::never;

  backoff_options backoff = {};

  /// The most children that may be there at the same time.
  size_t max_children = SIZE_MAX;

  /// @returns `errc::invalid_argument`, naming the option, its value and what
  ///          is accepted
  caf::error validate() const;
};

/// Starts an actor; called again at each restart, on a thread of the
/// supervisor's own, so that it may take its time. Returns an error where it
/// cannot start one.
using actor_factory
  = std::function<caf::expected<caf::actor>(caf::actor_system&)>;

struct child_spec;

/// A supervisor as the child of another one.
struct supervisor_spec {
  /// In the order of their start; they stop in reverse.
  std::vector<child_spec> children;

  supervisor_options options = {};
};

/// Kills a child instead of asking it to end.
inline constexpr timespan brutal_kill{0};

/// Lets a child take as long as it wants to end.
inline constexpr timespan no_kill = timespan::max();

namespace detail {

template <class T>
caf::expected<caf::actor> to_dynamic_actor(T hdl) {
  return caf::actor_cast<caf::actor>(std::move(hdl));
}

template <class T>
caf::expected<caf::actor> to_dynamic_actor(caf::expected<T> hdl) {
  if (!hdl)
    return std::move(hdl.error());
  return to_dynamic_actor(std::move(*hdl));
}

} // namespace detail

/// One child of a supervisor: a cache, any actor, or another supervisor.
struct child_spec {
  /// A cache, named after its spec. Its entries outlive its actor, unless the
  /// spec says `clean_restart`.
  child_spec(cache_spec cache);

  /// An actor that `start(system)` makes: a typed or a dynamic handle, or a
  /// `caf::expected` of one. Spawn options are up to it.
  template <class F>
    requires std::invocable<const F&, caf::actor_system&>
  child_spec(std::string id, F start)
    : id(std::move(id)),
      what(actor_factory{[start = std::move(start)](caf::actor_system& system)
                           -> caf::expected<caf::actor> {
        return detail::guarded(
          [&] { return detail::to_dynamic_actor(start(system)); });
      }}) {
    // nop
  }

  child_spec(std::string id, actor_factory start);

  /// A supervisor.
  child_spec(std::string id, supervisor_spec supervisor);

  /// Unique among the children of one supervisor. A dynamic supervisor numbers
  /// the children that have none.
  std::string id;

  std::variant<cache_spec, actor_factory, supervisor_spec> what;

  restart_type restart = restart_type::permanent;

  /// How long the child may take to end before it is killed: any duration,
  /// `brutal_kill`, or `no_kill`. By default 5 s, and `no_kill` for a
  /// supervisor, which has children to stop.
  std::optional<timespan> shutdown_timeout = std::nullopt;

  /// Whether the child counts for `supervisor_options::auto_shutdown`. Not for
  /// permanent children, which are never done.
  bool significant = false;

  /// Returns `shutdown_timeout` or its default.
  timespan time_to_end() const noexcept;

  /// Checks all but what only a start can tell.
  /// @returns `errc::invalid_argument`, naming the child, the option, its value
  ///          and what is accepted
  caf::error validate(const supervisor_options& supervisor) const;
};

} // namespace actor_cache
