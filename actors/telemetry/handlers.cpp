#include "actor_cache/telemetry/handlers.hpp"

#include "actor_cache/errc.hpp"

#include "../cache_registry.hpp"
#include "hub.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/spawn_options.hpp>

#include <fmt/format.h>

#include <chrono>

namespace actor_cache::telemetry {

namespace {

using detail::event_flow;
using detail::event_handler;
using detail::telemetry_hub;

telemetry_hub& hub_of(caf::actor_system& system) {
  return *detail::cache_registry::of(system).hub();
}

caf::error invalid(std::string text) {
  return make_error(errc::invalid_argument, std::move(text));
}

caf::error validate(std::string_view id,
                    const std::vector<event_pattern>& events) {
  if (id.empty())
    return invalid("telemetry::attach: the id is empty; accepted is any name "
                   "that no other handler has");
  if (events.empty())
    return invalid(fmt::format("telemetry::attach: handler '{}' is for no "
                               "event; accepted is one or more",
                               id));
  return {};
}

detail::event_handler_ptr make_handler(std::string id,
                                       std::vector<event_pattern> events,
                                       const handler_options& options) {
  auto result = std::make_shared<event_handler>();
  result->id = std::move(id);
  result->events = std::move(events);
  result->keys = options.keys;
  result->flow = std::make_shared<event_flow>();
  return result;
}

/// Passes events on to `to`, one request for each, and counts the answers.
caf::behavior relay(caf::event_based_actor* self, const caf::actor& to,
                    const std::shared_ptr<event_flow>& flow) {
  auto answered = [flow] {
    --flow->in_flight;
    ++flow->delivered;
  };
  auto failed = [flow](const caf::error&) {
    --flow->in_flight;
    ++flow->dropped;
  };
  return {
    [=](event& what) {
      detail::request(self, to, detail::no_timeout, std::move(what))
        .then(answered, failed);
    },
  };
}

/// Has the handler detached when `to` ends.
void detach_with(const caf::actor& to, std::weak_ptr<telemetry_hub> from,
                 std::weak_ptr<event_handler> what) {
  to->attach_functor([from = std::move(from), what = std::move(what)] {
    auto hub = from.lock();
    auto gone = what.lock();
    if (hub != nullptr && gone != nullptr)
      hub->remove(gone);
  });
}

} // namespace

bool event_pattern::matches(std::string_view event) const noexcept {
  if (!below_)
    return event == name_;
  return event.starts_with(name_)
         && (name_.empty() || event.size() == name_.size()
             || event[name_.size()] == '.');
}

caf::error attach_many(caf::actor_system& system, std::string id,
                       std::vector<event_pattern> events, handler f,
                       handler_options options) {
  if (auto err = validate(id, events); !err.empty())
    return err;
  if (!f)
    return invalid(fmt::format("telemetry::attach: handler '{}' has no "
                               "function",
                               id));
  auto what = make_handler(std::move(id), std::move(events), options);
  what->call = std::move(f);
  return hub_of(system).attach(std::move(what));
}

caf::error attach(caf::actor_system& system, std::string id,
                  event_pattern events, handler f, handler_options options) {
  return attach_many(system, std::move(id), {std::move(events)}, std::move(f),
                     options);
}

caf::error attach_many(caf::actor_system& system, std::string id,
                       std::vector<event_pattern> events, caf::actor to,
                       handler_options options) {
  if (auto err = validate(id, events); !err.empty())
    return err;
  if (to == nullptr)
    return invalid(
      fmt::format("telemetry::attach: handler '{}' has no actor", id));
  if (options.max_in_flight == 0)
    return invalid(fmt::format("handler_options::max_in_flight of '{}' is 0; "
                               "accepted is 1 or more",
                               id));
  auto what = make_handler(std::move(id), std::move(events), options);
  what->relay = system.spawn<caf::hidden>(relay, to, what->flow);
  what->call = [flow = what->flow, hdl = what->relay,
                most = options.max_in_flight](const event_view& x) {
    if (flow->in_flight.fetch_add(1) >= most) {
      --flow->in_flight;
      ++flow->dropped;
    } else {
      detail::anon_send(hdl, event{x});
    }
  };
  auto err = hub_of(system).attach(what);
  if (err.empty())
    detach_with(to, detail::cache_registry::of(system).hub(), what);
  return err;
}

caf::error attach(caf::actor_system& system, std::string id,
                  event_pattern events, caf::actor to,
                  handler_options options) {
  return attach_many(system, std::move(id), {std::move(events)}, std::move(to),
                     options);
}

caf::error detach(caf::actor_system& system, std::string_view id) {
  return hub_of(system).detach(id);
}

std::vector<handler_info> list_handlers(caf::actor_system& system) {
  return hub_of(system).list();
}

void execute(caf::actor_system& system, const event_view& what) {
  hub_of(system).emit(what);
}

void execute(caf::actor_system& system, std::string_view name,
             std::initializer_list<measurement> measurements,
             std::initializer_list<label> metadata) {
  execute(system, {name,
                   {measurements.begin(), measurements.size()},
                   {metadata.begin(), metadata.size()}});
}

// -- spans --------------------------------------------------------------------

namespace {

int64_t monotonic(caf::actor_system& system) {
  return std::chrono::nanoseconds{clock_of(system)->now().time_since_epoch()}
    .count();
}

int64_t system_time() {
  return std::chrono::nanoseconds{
    std::chrono::system_clock::now().time_since_epoch()}
    .count();
}

std::string text_of(const std::exception_ptr& what) {
  try {
    std::rethrow_exception(what);
  } catch (const std::exception& ex) {
    return ex.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

} // namespace

span_guard::span_guard(caf::actor_system& system, std::string_view name,
                       std::initializer_list<label> metadata)
  : system_(system),
    name_(name),
    id_(detail::next_span_id()),
    began_(monotonic(system)) {
  for (const auto& [what, value] : metadata)
    metadata_.emplace_back(what, value);
  const measurement times[] = {{"system_time", system_time()},
                               {"monotonic_time", began_}};
  auto event = name_ + ".start";
  execute(
    system_,
    {event, times, {metadata.begin(), metadata.size()}, std::nullopt, id_});
}

void span_guard::stop() {
  finish(".stop", {});
}

void span_guard::fail(std::exception_ptr what) {
  finish(".exception", text_of(what));
}

void span_guard::finish(std::string_view phase, std::string_view reason) {
  auto now = monotonic(system_);
  const measurement times[] = {{"duration", now - began_},
                               {"monotonic_time", now}};
  std::vector<label> metadata;
  for (const auto& [what, value] : metadata_)
    metadata.push_back({what, value});
  if (phase == ".exception")
    metadata.push_back({"reason", reason});
  auto event = fmt::format("{}{}", name_, phase);
  execute(system_, {event, times, metadata, std::nullopt, id_});
}

} // namespace actor_cache::telemetry
