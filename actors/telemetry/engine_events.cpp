// What a cache tells of itself beside the spans of calls.

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/detail/fiber_pool.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/telemetry/snapshot.hpp"

#include "../cache_registry.hpp"
#include "../flights.hpp"
#include "cache_events.hpp"
#include "hub.hpp"
#include "meter.hpp"
#include "provenance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace actor_cache::detail {

// -- events -------------------------------------------------------------------

void emit(engine& from, const cache_event_draft& what) {
  std::array<char, 128> buffer;
  auto written = fmt::format_to_n(buffer.data(), buffer.size(),
                                  "actor_cache.cache.{}{}{}", what.operation,
                                  what.phase.empty() ? "" : ".", what.phase);
  std::string_view name{buffer.data(), std::min(written.size, buffer.size())};
  const telemetry::label metadata[] = {{"cache_name", from.name()},
                                       {"adapter", from.traits().name},
                                       {"operation", what.operation},
                                       what.extra};
  telemetry::event_view event{
    name,
    {what.measurements.begin(), what.measurements.size()},
    std::span{metadata}.first(what.extra.name.empty() ? 3 : 4),
    std::nullopt,
    what.span};
  if (what.key.data() != nullptr)
    event.key = what.key;
  from.hub().emit(event);
}

std::string error_name(const caf::error& what) {
  if (what.category() != caf::type_id_v<errc>)
    return "other";
  return to_string(static_cast<errc>(what.code()));
}

int64_t nanoseconds(time_point x) noexcept {
  return std::chrono::nanoseconds{x.time_since_epoch()}.count();
}

int64_t system_nanoseconds() noexcept {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::nanoseconds{now}.count();
}

void engine::count_error(const caf::error& what) noexcept {
  meter_->count_error(what);
}

void engine::report_error(std::string_view operation, const caf::error& what) {
  count_error(what);
  if (hub_->wants(telemetry_gate::errors)) {
    auto name = error_name(what);
    emit(*this, {operation, "error", {{"count", 1}}, {}, 0, {"error", name}});
  }
}

void engine::report_miss(std::string_view operation, std::string_view key) {
  if (hub_->wants(telemetry_gate::misses))
    emit(*this, {operation, "miss", {{"count", 1}}, key});
}

void engine::report_restart() {
  auto restarts = ++meter_->restarts;
  hub_->log(log_level::warning,
            fmt::format("cache '{}': its actor has ended and is started again",
                        name()));
  if (hub_->wants(telemetry_gate::others))
    emit(*this, {"restart",
                 {},
                 {{"count", 1}, {"restarts", static_cast<int64_t>(restarts)}}});
}

void engine::report_evictions() {
  auto now = counted();
  auto before = meter_->exchange_removals(
    {now.erased, now.replaced, now.expired, now.cleared});
  if (!hub_->wants(telemetry_gate::others))
    return;
  const std::tuple<std::string_view, uint64_t, uint64_t> causes[] = {
    {"erased", now.erased, before.erased},
    {"replaced", now.replaced, before.replaced},
    {"expired", now.expired, before.expired},
    {"cleared", now.cleared, before.cleared},
  };
  for (const auto& [cause, after, known] : causes)
    if (after > known)
      emit(*this, {"eviction",
                   {},
                   {{"count", static_cast<int64_t>(after - known)}},
                   {},
                   0,
                   {"cause", cause}});
}

void engine::report_load(std::string_view phase, std::string_view key,
                         const flight& what, std::optional<timespan> took,
                         const caf::error* failure) {
  auto kind = !took                ? telemetry_gate::starts
              : failure != nullptr ? telemetry_gate::exceptions
                                   : telemetry_gate::stops;
  if (!hub_->wants(kind))
    return;
  std::string error;
  telemetry::label extra;
  if (failure != nullptr) {
    error = error_name(*failure);
    extra = {"error", error};
  }
  auto time = nanoseconds(now());
  if (took)
    emit(*this, {"load",
                 phase,
                 {{"duration", took->count()}, {"monotonic_time", time}},
                 key,
                 what.span,
                 extra});
  else
    emit(*this,
         {"load",
          phase,
          {{"system_time", system_nanoseconds()}, {"monotonic_time", time}},
          key,
          what.span});
}

// -- figures ------------------------------------------------------------------

void engine::publish_size(time_point now) {
  if ((direct() && !traits_.may_wait) || traits_.counts_slowly)
    return;
  if (auto entries = store_->size(now))
    meter_->publish(*entries, store_->bytes());
}

telemetry::cache_figures engine::figures() const {
  telemetry::cache_figures result;
  result.name = name();
  result.adapter = traits_.name;
  result.stats = counted();
  result.restarts = meter_->restarts;
  result.errors = meter_->errors();
  result.operations = meter_->operations();
  if (!meter_->started)
    return result;
  if (auto* links = store_->capability<connected>())
    result.connections = links->connections();
  if (!direct() || traits_.may_wait) {
    std::tie(result.size, result.bytes) = meter_->published();
  } else if (auto entries = stopped() ? caf::expected<size_t>{caf::error{}}
                                      : store_->size(now())) {
    result.size = *entries;
    if (auto bytes = store_->bytes(); bytes > 0)
      result.bytes = bytes;
  }
  result.stats.size = result.size.value_or(0);
  result.stats.bytes = result.bytes.value_or(0);
  return result;
}

// -- explaining ---------------------------------------------------------------

std::string engine::caller() const {
  // A job may be on the thread of any actor, whose reply came with its own.
  if (fiber_pool::current() != nullptr)
    return "a thread";
  auto running = cache_registry::of(system_).tenants()->running_actor();
  return running != 0 ? fmt::format("actor {}", running) : "a thread";
}

void engine::remember(std::string_view key, version written, value_origin how,
                      std::string_view whom,
                      std::optional<timespan> load_time) {
  if (!provenance_->enabled())
    return;
  provenance_->add(key,
                   {written, how, now(),
                    whom.empty() ? caller() : std::string{whom}, load_time});
}

caf::expected<std::optional<explanation>>
engine::explain(std::string_view key) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto found = store_->get(key, time);
  if (!found)
    return std::move(found.error());
  if (!*found || !(*found)->fresh(time))
    return std::optional<explanation>{};
  explanation result;
  result.source = traits_.name;
  result.version = (*found)->version;
  result.remaining = (*found)->remaining(time);
  if (auto known = provenance_->find(key, result.version)) {
    result.origin = known->how;
    result.age = timespan{time - known->since};
    result.caller = std::move(known->whom);
    result.load_time = known->load_time;
  }
  return std::optional{std::move(result)};
}

} // namespace actor_cache::detail
