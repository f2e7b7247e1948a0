#include "hub.hpp"

#include "actor_cache/detail/counters.hpp"
#include "actor_cache/detail/fiber_pool.hpp"
#include "actor_cache/errc.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace actor_cache::detail {

namespace {

/// Notes that a handler runs until the end of a scope, on this thread or, in a
/// job, on all that the job comes to.
class running_scope {
public:
  explicit running_scope(const event_handler* whom)
    : whom_(whom), outer_(std::exchange(fiber_pool::local(), this)) {
    // nop
  }

  running_scope(const running_scope&) = delete;

  running_scope& operator=(const running_scope&) = delete;

  ~running_scope() {
    fiber_pool::local() = outer_;
  }

  /// Tells whether `whom` has called what runs here.
  static bool runs(const event_handler* whom) noexcept {
    for (auto* x = innermost(); x != nullptr; x = outer_of(*x))
      if (x->whom_ == whom)
        return true;
    return false;
  }

private:
  static const running_scope* innermost() noexcept {
    return static_cast<const running_scope*>(fiber_pool::local());
  }

  static const running_scope* outer_of(const running_scope& x) noexcept {
    return static_cast<const running_scope*>(x.outer_);
  }

  const event_handler* whom_;
  const void* outer_;
};

/// Returns the kinds of events that a pattern may let through.
uint32_t kinds_of(const telemetry::event_pattern& x) {
  constexpr std::pair<std::string_view, uint32_t> phases[] = {
    {".start", telemetry_gate::starts},
    {".stop", telemetry_gate::stops},
    {".exception", telemetry_gate::exceptions},
    {".miss", telemetry_gate::misses},
    {".error", telemetry_gate::errors},
  };
  uint32_t all = telemetry_gate::others;
  for (const auto& [suffix, kind] : phases) {
    if (!x.is_prefix() && x.name().ends_with(suffix))
      return kind | telemetry_gate::others;
    all |= kind;
  }
  return x.is_prefix() ? all : uint32_t{telemetry_gate::others};
}

std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& ex) {
    return ex.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

} // namespace

bool event_handler::wants(std::string_view event) const noexcept {
  return std::any_of(events.begin(), events.end(),
                     [&](const auto& x) { return x.matches(event); });
}

telemetry_hub::telemetry_hub(caf::actor_system& system) : system_(system) {
  publish({});
}

telemetry_hub::~telemetry_hub() = default;

// -- handlers -----------------------------------------------------------------

caf::error telemetry_hub::attach(event_handler_ptr what) {
  std::lock_guard guard{mtx_};
  for (const auto& x : handlers_)
    if (x->id == what->id)
      return make_error(errc::name_taken,
                        fmt::format("telemetry: there is a handler '{}' "
                                    "already; detach it first, or take another "
                                    "name",
                                    what->id));
  auto next = handlers_;
  next.push_back(std::move(what));
  if (!closed_)
    publish(std::move(next));
  return {};
}

caf::error telemetry_hub::detach(std::string_view id) {
  event_handler_ptr found;
  {
    std::lock_guard guard{mtx_};
    for (const auto& x : handlers_)
      if (x->id == id)
        found = x;
  }
  if (found == nullptr)
    return make_error(errc::key_not_found,
                      fmt::format("telemetry: there is no handler '{}'", id));
  remove(found);
  return {};
}

void telemetry_hub::remove(const event_handler_ptr& what) {
  std::lock_guard guard{mtx_};
  auto next = handlers_;
  std::erase(next, what);
  publish(std::move(next));
}

void telemetry_hub::publish(handler_list next) {
  uint32_t kinds = 0;
  for (const auto& x : next)
    for (const auto& pattern : x->events)
      kinds |= kinds_of(pattern);
  for (auto& x : stripes_) {
    auto copy = std::make_shared<const handler_list>(next);
    std::lock_guard guard{x.mtx};
    x.handlers.swap(copy);
  }
  handlers_ = std::move(next);
  auto measures = gate_.flags.load() & telemetry_gate::durations;
  gate_.flags = kinds | measures;
}

std::vector<telemetry::handler_info> telemetry_hub::list() const {
  std::vector<telemetry::handler_info> result;
  std::lock_guard guard{mtx_};
  for (const auto& x : handlers_)
    result.push_back({x->id, x->events, x->flow->delivered.load(),
                      x->flow->in_flight.load(), x->flow->dropped.load()});
  return result;
}

void telemetry_hub::close() {
  handler_list gone; // released without the lock: it may end actors
  std::lock_guard guard{mtx_};
  closed_ = true;
  gone = handlers_;
  publish({});
}

// -- events -------------------------------------------------------------------

std::shared_ptr<const telemetry_hub::handler_list>
telemetry_hub::handlers_of_thread() {
  auto& mine = stripes_[thread_stripe() % stripes_.size()];
  std::lock_guard guard{mine.mtx};
  return mine.handlers;
}

void telemetry_hub::emit(const telemetry::event_view& what) {
  auto handlers = handlers_of_thread();
  for (const auto& x : *handlers)
    if (x->wants(what.name) && !running_scope::runs(x.get())) {
      call(x, what);
      if (x->relay == nullptr) // else the answer counts
        x->flow->delivered.fetch_add(1, std::memory_order_relaxed);
    }
}

void telemetry_hub::call(const event_handler_ptr& whom,
                         telemetry::event_view what) {
  if (!whom->keys)
    what.key.reset();
  running_scope scope{whom.get()};
  try {
    whom->call(what);
  } catch (...) {
    failed(whom, what.name, current_exception_text());
  }
}

void telemetry_hub::failed(const event_handler_ptr& whom,
                           std::string_view event, const std::string& reason) {
  if (whom->failed.exchange(true))
    return;
  remove(whom);
  log(log_level::error,
      fmt::format("telemetry: handler '{}' threw at event {} and was detached: "
                  "{}",
                  whom->id, event, reason));
  const telemetry::measurement count[] = {{"count", 1}};
  const telemetry::label metadata[]
    = {{"handler_id", whom->id}, {"event", event}, {"reason", reason}};
  emit({"actor_cache.telemetry.handler.failure", count, metadata});
}

void telemetry_hub::log(log_level level, std::string text) {
  write_log(system_.logger(), level, std::move(text));
}

// -- measuring ----------------------------------------------------------------

void telemetry_hub::measure(size_t sample_every) {
  std::lock_guard guard{mtx_};
  sample_every_ = sample_every;
  gate_.flags |= telemetry_gate::durations;
}

bool telemetry_hub::sample() noexcept {
  thread_local size_t calls = 0;
  return ++calls % sample_every_.load(std::memory_order_relaxed) == 0;
}

bool in_event_handler() noexcept {
  return fiber_pool::local() != nullptr;
}

uint64_t next_span_id() noexcept {
  // Threads take turns of their own, in blocks that no other thread has.
  constexpr uint64_t block = 1 << 16;
  static std::atomic<uint64_t> blocks{0};
  thread_local uint64_t last = 0;
  if (last % block == 0)
    last = blocks.fetch_add(1, std::memory_order_relaxed) * block + block;
  return last++ + 1;
}

} // namespace actor_cache::detail
