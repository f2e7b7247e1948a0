#pragma once

#include "actor_cache/child_spec.hpp"
#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/type_ids.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/default_enum_inspect.hpp>
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace actor_cache {

enum class child_kind : uint8_t {
  cache,
  actor,
  supervisor,
};

enum class child_state : uint8_t {
  running,
  /// Has ended and waits for its next start.
  restarting,
  /// Was asked to end.
  stopping,
  /// Is done, or was stopped; its spec is still there.
  stopped,
};

std::string to_string(child_kind x);

std::string to_string(child_state x);

bool from_string(detail::caf_string_view name, child_kind& x);

bool from_string(detail::caf_string_view name, child_state& x);

bool from_string(detail::caf_string_view name, restart_strategy& x);

bool from_string(detail::caf_string_view name, restart_type& x);

bool from_integer(uint8_t value, child_kind& x);

bool from_integer(uint8_t value, child_state& x);

bool from_integer(uint8_t value, restart_strategy& x);

bool from_integer(uint8_t value, restart_type& x);

template <class Inspector>
bool inspect(Inspector& f, child_kind& x) {
  return caf::default_enum_inspect(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, child_state& x) {
  return caf::default_enum_inspect(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, restart_strategy& x) {
  return caf::default_enum_inspect(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, restart_type& x) {
  return caf::default_enum_inspect(f, x);
}

/// What a supervisor knows about one of its children.
struct child_info {
  std::string id;
  child_kind kind = child_kind::actor;
  child_state state = child_state::stopped;
  /// The actor that runs now, null where none does.
  caf::strong_actor_ptr actor;
  restart_type restart = restart_type::permanent;
  /// How often it was started again.
  uint64_t restarts = 0;
  /// How long the actor has been running.
  timespan uptime{0};

  template <class Inspector>
  friend bool inspect(Inspector& f, child_info& x) {
    return f.object(x).fields(
      f.field("id", x.id), f.field("kind", x.kind), f.field("state", x.state),
      f.field("actor", x.actor), f.field("restart", x.restart),
      f.field("restarts", x.restarts), f.field("uptime", x.uptime));
  }
};

/// How many children a supervisor has. (Erlang: `supervisor:count_children/1`.)
struct child_counts {
  /// All of them, running or not.
  uint64_t specs = 0;
  /// Those that have an actor now.
  uint64_t active = 0;
  uint64_t supervisors = 0;
  /// All that are no supervisors.
  uint64_t workers = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, child_counts& x) {
    return f.object(x).fields(f.field("specs", x.specs),
                              f.field("active", x.active),
                              f.field("supervisors", x.supervisors),
                              f.field("workers", x.workers));
  }
};

/// What a supervisor says about itself.
struct supervisor_info {
  std::string name;
  restart_strategy strategy = restart_strategy::one_for_one;
  int32_t max_restarts = 0;
  timespan max_period{0};
  /// Restarts within the last `max_period`.
  uint64_t recent_restarts = 0;
  timespan uptime{0};
  std::vector<child_info> children;

  template <class Inspector>
  friend bool inspect(Inspector& f, supervisor_info& x) {
    return f.object(x).fields(f.field("name", x.name),
                              f.field("strategy", x.strategy),
                              f.field("max-restarts", x.max_restarts),
                              f.field("max-period", x.max_period),
                              f.field("recent-restarts", x.recent_restarts),
                              f.field("uptime", x.uptime),
                              f.field("children", x.children));
  }
};

namespace msg {

/// Returns all children in the order of their start.
struct which_children {
  template <class Inspector>
  friend bool inspect(Inspector& f, which_children& x) {
    return f.object(x).fields();
  }
};

/// Returns how many children there are.
struct count_children {
  template <class Inspector>
  friend bool inspect(Inspector& f, count_children& x) {
    return f.object(x).fields();
  }
};

/// Returns what the supervisor says about itself, its children included.
struct describe {
  template <class Inspector>
  friend bool inspect(Inspector& f, describe& x) {
    return f.object(x).fields();
  }
};

/// Adds a child behind the others and starts it. Only within one process: a
/// spec holds functions.
/// @returns `errc::name_taken`, `errc::limit_reached`, or why it did not start,
///          after which there is no such child
struct start_child {
  std::shared_ptr<const child_spec> spec;

  explicit start_child(child_spec x)
    : spec(std::make_shared<const child_spec>(std::move(x))) {
    // nop
  }

  /// For CAF.
  start_child() = default;
};

/// Stops a child; its spec stays, unless it is temporary or the supervisor
/// dynamic.
/// @returns `errc::unknown_child`, or what was lost
struct terminate_child {
  std::string id;

  template <class Inspector>
  friend bool inspect(Inspector& f, terminate_child& x) {
    return f.object(x).fields(f.field("id", x.id));
  }
};

/// Starts a child that is stopped.
/// @returns `errc::unknown_child`, `errc::child_running` where it is not
///          stopped, or why it did not start
struct restart_child {
  std::string id;

  template <class Inspector>
  friend bool inspect(Inspector& f, restart_child& x) {
    return f.object(x).fields(f.field("id", x.id));
  }
};

/// Removes the spec of a child that is stopped.
/// @returns `errc::unknown_child`, `errc::child_running` where it is not
///          stopped
struct delete_child {
  std::string id;

  template <class Inspector>
  friend bool inspect(Inspector& f, delete_child& x) {
    return f.object(x).fields(f.field("id", x.id));
  }
};

} // namespace msg

/// Starts its children, restarts those that end, and stops them, the last one
/// first, when an exit message tells it to end itself.
///
/// While it stops children, messages that start or stop others wait.
using supervisor_actor
  = caf::typed_actor<caf::result<std::vector<child_info>>(msg::which_children),
                     caf::result<child_counts>(msg::count_children),
                     caf::result<supervisor_info>(msg::describe),
                     caf::result<child_info>(msg::start_child),
                     caf::result<void>(msg::terminate_child),
                     caf::result<child_info>(msg::restart_child),
                     caf::result<void>(msg::delete_child)>;

} // namespace actor_cache

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actor_cache::msg::start_child)
