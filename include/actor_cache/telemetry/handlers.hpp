#pragma once

#include "actor_cache/telemetry/event.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Events of all caches of an actor system, and of the application itself.
/// (Erlang: the library `telemetry`.)
namespace actor_cache::telemetry {

/// Which events a handler wants.
class event_pattern {
public:
  /// The event of this name.
  event_pattern(const char* name) : event_pattern(std::string{name}) {
    // nop
  }

  event_pattern(std::string name) : name_(std::move(name)) {
    // nop
  }

  /// Returns a pattern for all events whose names begin with the parts of
  /// `name`: "a.b" stands for "a.b" and "a.b.c", not for "a.bc". Without a name
  /// it is for all events.
  static event_pattern below(std::string name) {
    event_pattern result{std::move(name)};
    result.below_ = true;
    return result;
  }

  bool matches(std::string_view event) const noexcept;

  const std::string& name() const noexcept {
    return name_;
  }

  bool is_prefix() const noexcept {
    return below_;
  }

private:
  std::string name_;
  bool below_ = false;
};

/// What a handler is to get. (Erlang's `config` for the handler itself is what
/// the function has captured.)
struct handler_options {
  /// Set to get the keys of calls. They may be secrets, and they are many.
  bool keys = false;

  /// For actors: events that may be on their way. Those beyond are dropped and
  /// counted.
  size_t max_in_flight = 1024;
};

/// Called on the thread of the call that the event is about, which waits for
/// it, maybe on many threads at once.
using handler = std::function<void(const event_view&)>;

/// What is known about a handler.
struct handler_info {
  std::string id;
  std::vector<event_pattern> events;

  /// Events that it got. An actor has answered them.
  uint64_t delivered = 0;

  /// Events on their way to an actor.
  uint64_t in_flight = 0;

  /// Events that an actor did not get: too many were on their way.
  uint64_t dropped = 0;
};

/// Calls `f` for each event that matches, until `detach(id)`. An `f` that
/// throws is detached and reported by the event
/// "actor_cache.telemetry.handler.failure" and in CAF's log, once. While `f`
/// runs, events of its own calls on the same thread pass it by.
/// @param id names the handler in this actor system
/// @returns `errc::name_taken` where there is a handler of that name,
///          `errc::invalid_argument` where the name is empty, there are no
///          events, or no function
/// Thread safety: any thread may call at any time, handlers too. (Erlang:
/// `telemetry:attach/4`.)
caf::error attach(caf::actor_system& system, std::string id,
                  event_pattern events, handler f,
                  handler_options options = {});

/// Works as `attach`, for events of several patterns.
caf::error attach_many(caf::actor_system& system, std::string id,
                       std::vector<event_pattern> events, handler f,
                       handler_options options = {});

/// Sends each event that matches to an actor, as a request with an `event`, in
/// the order of each thread. The actor answers with nothing, from
/// `[](const telemetry::event&) { ... }`, and gets no more than
/// `max_in_flight` at a time. The handler is detached when the actor ends.
caf::error attach(caf::actor_system& system, std::string id,
                  event_pattern events, caf::actor to,
                  handler_options options = {});

caf::error attach_many(caf::actor_system& system, std::string id,
                       std::vector<event_pattern> events, caf::actor to,
                       handler_options options = {});

/// Removes a handler. Calls of it that are under way on other threads go on.
/// @returns `errc::key_not_found` where there is none
caf::error detach(caf::actor_system& system, std::string_view id);

/// Returns the handlers, in the order in which they were attached.
std::vector<handler_info> list_handlers(caf::actor_system& system);

/// Emits an event of the application's own. (Erlang: `telemetry:execute/3`.)
void execute(caf::actor_system& system, std::string_view name,
             std::initializer_list<measurement> measurements = {},
             std::initializer_list<label> metadata = {});

void execute(caf::actor_system& system, const event_view& what);

/// The events of one run of a function of the application's own.
class span_guard {
public:
  /// Emits `<name>.start`, with the measurements `system_time`, in nanoseconds
  /// since 1970, and `monotonic_time`.
  span_guard(caf::actor_system& system, std::string_view name,
             std::initializer_list<label> metadata);

  span_guard(const span_guard&) = delete;

  span_guard& operator=(const span_guard&) = delete;

  /// Emits `<name>.stop`, with `duration` and `monotonic_time`.
  void stop();

  /// Emits `<name>.exception`, with `duration` and what was thrown.
  void fail(std::exception_ptr what);

private:
  void finish(std::string_view phase, std::string_view reason);

  caf::actor_system& system_;
  const std::string name_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  uint64_t id_;
  int64_t began_;
};

/// Returns `f()` between the events `<name>.start` and `<name>.stop`; where it
/// throws, the second one is `<name>.exception` and the exception goes on.
/// (Erlang: `telemetry:span/3`.)
template <class F>
  requires std::invocable<F&>
std::invoke_result_t<F&> span(caf::actor_system& system, std::string_view name,
                              std::initializer_list<label> metadata, F f) {
  span_guard guard{system, name, metadata};
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      f();
      guard.stop();
    } else {
      decltype(auto) result = f();
      guard.stop();
      return result;
    }
  } catch (...) {
    guard.fail(std::current_exception());
    throw;
  }
}

} // namespace actor_cache::telemetry
