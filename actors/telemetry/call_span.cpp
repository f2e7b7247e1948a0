#include "actor_cache/detail/observed.hpp"

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/errc.hpp"

#include "cache_events.hpp"
#include "hub.hpp"
#include "meter.hpp"

#include <string>

namespace actor_cache::detail {

namespace {

constexpr uint32_t events_of_calls
  = telemetry_gate::starts | telemetry_gate::stops | telemetry_gate::exceptions
    | telemetry_gate::misses | telemetry_gate::errors;

constexpr uint32_t timed = telemetry_gate::starts | telemetry_gate::stops
                           | telemetry_gate::exceptions
                           | telemetry_gate::durations;

/// Returns the kinds of events that are wanted of a call that begins now.
uint32_t wanted_of(engine& target) {
  auto result = target.hub().gate().flags.load(std::memory_order_acquire);
  if ((result & telemetry_gate::durations) != 0 && !target.traits().may_wait
      && !target.hub().sample())
    result &= ~uint32_t{telemetry_gate::durations};
  return result;
}

} // namespace

call_span::call_span(engine& target, const call_name& what)
  : target_(target), what_(what), wanted_(wanted_of(target)) {
  if ((wanted_ & timed) != 0)
    began_ = target_.telemetry_time();
  if ((wanted_ & events_of_calls) != 0)
    id_ = next_span_id();
  if ((wanted_ & telemetry_gate::starts) != 0)
    emit(target_, {what_.operation,
                   "start",
                   {{"system_time", system_nanoseconds()},
                    {"monotonic_time", nanoseconds(began_)}},
                   what_.key,
                   id_});
}

void call_span::stop(uint64_t misses, const caf::error* failure) {
  std::string error;
  if (failure != nullptr) {
    target_.count_error(*failure);
    if ((wanted_ & (telemetry_gate::errors | telemetry_gate::stops)) != 0)
      error = error_name(*failure);
    if ((wanted_ & telemetry_gate::errors) != 0)
      emit(target_, {what_.operation,
                     "error",
                     {{"count", 1}},
                     what_.key,
                     id_,
                     {"error", error}});
  }
  if (misses > 0 && (wanted_ & telemetry_gate::misses) != 0)
    emit(target_, {what_.operation,
                   "miss",
                   {{"count", static_cast<int64_t>(misses)}},
                   what_.key,
                   id_});
  finish("stop", error);
}

void call_span::fail() noexcept {
  auto err = current_exception_error();
  target_.count_error(err);
  try {
    finish("exception", message_of(err));
  } catch (...) {
    // No memory for an event: the exception itself goes on.
  }
}

void call_span::finish(std::string_view phase, std::string_view reason) {
  if ((wanted_ & timed) == 0)
    return;
  auto now = target_.telemetry_time();
  auto took = timespan{now - began_};
  if ((wanted_ & telemetry_gate::durations) != 0)
    target_.measures().record(target_, what_.operation, took);
  auto failed = phase == "exception";
  auto kind = failed ? telemetry_gate::exceptions : telemetry_gate::stops;
  if ((wanted_ & kind) == 0)
    return;
  telemetry::label extra;
  if (!reason.empty())
    extra = {failed ? "reason" : "error", reason};
  emit(target_,
       {what_.operation,
        phase,
        {{"duration", took.count()}, {"monotonic_time", nanoseconds(now)}},
        what_.key,
        id_,
        extra});
}

} // namespace actor_cache::detail
