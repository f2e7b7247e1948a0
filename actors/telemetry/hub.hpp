#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/telemetry_gate.hpp"
#include "actor_cache/telemetry/handlers.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::detail {

/// What a handler's actor has got, and is yet to get.
struct event_flow {
  std::atomic<uint64_t> delivered{0};
  std::atomic<uint64_t> in_flight{0};
  std::atomic<uint64_t> dropped{0};
};

/// One handler, as it was attached.
struct event_handler {
  std::string id;
  std::vector<telemetry::event_pattern> events;
  telemetry::handler call;
  bool keys = false;
  std::shared_ptr<event_flow> flow;

  /// The actor that passes events on, if an actor gets them.
  caf::actor relay = nullptr;

  /// Set once it has thrown.
  std::atomic<bool> failed{false};

  bool wants(std::string_view event) const noexcept;
};

using event_handler_ptr = std::shared_ptr<event_handler>;

/// Brings the events of one actor system to those who want them.
///
/// Handlers are in a list that never changes: whoever emits reads the list that
/// there is, and each stripe of threads has a copy of its own, so that threads
/// do not meet at a reference count.
///
/// Thread safety: all members may be called at the same time, by handlers too.
class telemetry_hub {
public:
  explicit telemetry_hub(caf::actor_system& system);

  ~telemetry_hub();

  const telemetry_gate& gate() const noexcept {
    return gate_;
  }

  /// Tells whether a handler might want events of a kind, a bit of
  /// `telemetry_gate`.
  bool wants(uint32_t kind) const noexcept {
    return (gate_.flags.load(std::memory_order_relaxed) & kind) != 0;
  }

  caf::error attach(event_handler_ptr what);

  caf::error detach(std::string_view id);

  /// Detaches a handler, if that has not been done.
  void remove(const event_handler_ptr& what);

  std::vector<telemetry::handler_info> list() const;

  /// Calls all handlers that want `what`. Its key is for those that asked.
  void emit(const telemetry::event_view& what);

  /// Lets calls be measured: all that may wait, and of the others every so
  /// many.
  void measure(size_t sample_every);

  /// Tells whether this thread's turn has come to measure.
  bool sample() noexcept;

  void log(log_level level, std::string text);

  /// Lets all handlers go, when the actor system ends.
  void close();

  caf::actor_system& system() const noexcept {
    return system_;
  }

private:
  using handler_list = std::vector<event_handler_ptr>;

  struct alignas(64) stripe {
    std::mutex mtx;
    std::shared_ptr<const handler_list> handlers;
  };

  std::shared_ptr<const handler_list> handlers_of_thread();

  /// Makes `next` what all threads see. Needs the lock.
  void publish(handler_list next);

  void call(const event_handler_ptr& whom, telemetry::event_view what);

  /// Detaches a handler that has thrown, and tells, once.
  void failed(const event_handler_ptr& whom, std::string_view event,
              const std::string& reason);

  caf::actor_system& system_;
  telemetry_gate gate_;
  std::atomic<size_t> sample_every_{1};
  std::array<stripe, 16> stripes_;
  mutable std::mutex mtx_;
  handler_list handlers_;
  bool closed_ = false;
};

/// Tells whether a handler of events has called what runs here.
bool in_event_handler() noexcept;

/// Returns a number for the events of one call.
uint64_t next_span_id() noexcept;

} // namespace actor_cache::detail
