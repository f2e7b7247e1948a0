// How the engine loads what is missing: one flight per key.

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/detail/guard.hpp"
#include "actor_cache/errc.hpp"

#include "flights.hpp"
#include "out_of_reach.hpp"
#include "telemetry/hub.hpp"
#include "telemetry/provenance.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/spawn_options.hpp>

#include <fmt/format.h>

#include <chrono>
#include <random>

namespace actor_cache::detail {

namespace {

/// Refreshes in the background that one cache runs at the same time. Entries
/// that cannot be refreshed for that reason are served as they are, and the
/// next reader tries again.
constexpr size_t max_refreshes = 16;

ttl shortened(ttl lifetime, double jitter) {
  if (jitter <= 0.0 || lifetime.is_infinite())
    return lifetime;
  thread_local std::minstd_rand engine{std::random_device{}()};
  std::uniform_real_distribution<double> share{0.0, jitter};
  auto count = static_cast<double>(lifetime.span().count());
  auto rest = static_cast<int64_t>(count * (1.0 - share(engine)));
  return timespan{std::max<int64_t>(rest, 1)};
}

stale_window to_window(timespan span) {
  auto longest = stale_window::max();
  if (span >= longest)
    return longest;
  return std::chrono::ceil<stale_window>(span);
}

/// Tells whether a load makes up for what a call of the store failed with.
bool bridged(const caf::error& err, const load_options& options) {
  return options.on_outage == outage_policy::load && out_of_reach(err);
}

void call_when_landed(flight& what,
                      std::function<void(caf::expected<lease>)> later) {
  what.then([later = std::move(later)](const flight::result& x) {
    if (x)
      later(lease{*x, 0});
    else
      later(x.error());
  });
}

} // namespace

engine::freshness engine::classify(const std::optional<entry>& current,
                                   const load_options& options,
                                   time_point now) {
  if (!current)
    return freshness::missing;
  if (current->deadline == never)
    return freshness::fresh;
  if (now < current->deadline)
    return current->deadline - now > options.refresh_ahead ? freshness::fresh
                                                           : freshness::ageing;
  if (now < later(current->deadline, options.stale_while_revalidate))
    return freshness::ageing;
  if (now < later(current->deadline, options.stale_if_error))
    return freshness::fallback;
  return freshness::missing;
}

caf::expected<std::optional<entry>>
engine::read_to_load(std::string_view key, time_point now,
                     const load_options& options) {
  auto found = store_->get(key, now);
  if (!found && bridged(found.error(), options))
    return std::optional<entry>{};
  return found;
}

caf::expected<engine::boarding> engine::board(std::string_view key,
                                              const load_options& options,
                                              std::string_view asker) {
  if (auto err = check(); !err.empty())
    return err;
  if (&options != &spec_.loading)
    if (auto err = options.validate(); !err.empty())
      return err;
  auto time = now();
  auto found = read_to_load(key, time, options);
  if (!found)
    return std::move(found.error());
  boarding result;
  auto state = classify(*found, options, time);
  if (state == freshness::fresh || state == freshness::ageing) {
    count(counter::hits, key);
    result.value = std::move((*found)->value);
    if (state == freshness::fresh || refreshes_.load() >= max_refreshes)
      return result;
  }
  auto ticket = flights_->join(key, time);
  // Counted aboard: who reads the count knows how many share the flight.
  if (!result.value) {
    count(counter::misses, key);
    report_miss("get_or_create", key);
  }
  if (!ticket.leads) {
    if (!result.value)
      result.awaited = std::move(ticket.flight);
    return result;
  }
  return take_off(key, std::move(ticket.flight), std::move(result), options,
                  asker);
}

caf::expected<engine::boarding>
engine::take_off(std::string_view key, flight_ptr flight, boarding result,
                 const load_options& options, std::string_view asker) {
  // Another flight may have landed since the store was read.
  auto time = now();
  auto found = guarded([&] { return read_to_load(key, time, options); });
  if (!found) {
    flights_->finish(key, flight, found.error(), std::nullopt);
    return std::move(found.error());
  }
  if (classify(*found, options, time) == freshness::fresh) {
    result.value = std::move((*found)->value);
    flights_->finish(key, flight, *result.value, std::nullopt);
    return result;
  }
  flight->seen = *found ? (*found)->version : 0;
  if (provenance_->enabled())
    flight->caller = asker.empty() ? caller() : std::string{asker};
  flight->span = next_span_id();
  report_load("start", key, *flight, std::nullopt, nullptr);
  result.led = std::move(flight);
  return result;
}

caf::expected<term> engine::get_or_create(std::string_view key,
                                          function_ref<loader()> make_loader,
                                          const load_options& options) {
  auto turn = board(key, options);
  if (!turn)
    return std::move(turn.error());
  if (turn->awaited)
    return wait(key, turn->awaited, options);
  if (!turn->led)
    return std::move(*turn->value);
  if (turn->value) {
    refresh(std::string{key}, std::move(turn->led), make_loader(), options);
    return std::move(*turn->value);
  }
  return land(key, turn->led, run_loader(make_loader(), name()), options);
}

caf::expected<term> run_loader(const loader& load, std::string_view cache) {
  auto failed = [&](std::string_view how) {
    return make_error(errc::load_failed,
                      fmt::format("cache '{}': the function to create a value "
                                  "{}",
                                  cache, how));
  };
  try {
    auto result = load();
    if (!result && result.error().empty())
      return failed("failed without an error");
    return result;
  } catch (const std::exception& ex) {
    return failed(fmt::format("threw: {}", ex.what()));
  } catch (...) {
    return failed("threw something that is no std::exception");
  }
}

caf::expected<term> engine::wait(std::string_view key, const flight_ptr& flight,
                                 const load_options& options) {
  if (auto result = flight->wait_for(options.wait_timeout))
    return std::move(*result);
  return waited_too_long(key, options);
}

caf::error engine::waited_too_long(std::string_view key,
                                   const load_options& options) const {
  return make_error(
    errc::timeout,
    fmt::format("cache '{}': waited {} ms for the load of key "
                "'{}', which still runs",
                name(),
                std::chrono::duration_cast<std::chrono::milliseconds>(
                  options.wait_timeout)
                  .count(),
                key));
}

void engine::refresh(std::string key, flight_ptr flight, loader load,
                     const load_options& options) {
  ++refreshes_;
  if (hooks_ != nullptr)
    load = hooks_->carry(std::move(load));
  system_.spawn<caf::detached + caf::hidden>(
    [self = shared_from_this(), key = std::move(key),
     flight = std::move(flight), load = std::move(load), options] {
      static_cast<void>(
        self->land(key, flight, run_loader(load, self->name()), options));
      --self->refreshes_;
    });
}

caf::expected<term> engine::land(std::string_view key, const flight_ptr& flight,
                                 caf::expected<term> result,
                                 const load_options& options) {
  auto took = now() - flight->started;
  report_load(result ? "stop" : "exception", key, *flight, took,
              result ? nullptr : &result.error());
  std::optional<time_point> remember_until;
  // Whatever the store does, the flight has to end.
  result = guarded([&]() -> caf::expected<term> {
    if (result) {
      auto err = store_loaded(key, *flight, *result, options);
      if (err.empty() || bridged(err, options))
        return std::move(result);
      return err;
    }
    counters_.add(counter::load_failures);
    if (options.negative_ttl > timespan{0})
      remember_until = later(now(), options.negative_ttl);
    return fall_back(key, std::move(result.error()), options);
  });
  counters_.add(counter::loads);
  counters_.add(counter::load_nanoseconds,
                static_cast<uint64_t>(timespan{took}.count()));
  flights_->finish(key, flight, result, remember_until);
  return result;
}

caf::error engine::store_loaded(std::string_view key, flight& flight,
                                term& value, const load_options& options) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto lifetime = options.ttl.value_or(spec_.default_ttl);
  auto next = draft(value, shortened(lifetime, options.ttl_jitter), time);
  if (!next)
    return std::move(next.error());
  next->stale_for = to_window(options.stale_window());
  // From here on others may see the value, and its end.
  flight.over_from(next->deadline);
  auto written = write(key, time, [&](const entry* current) {
    auto overtaken = current != nullptr && current->version != flight.seen;
    return flight.superseded() || overtaken ? change::keep()
                                            : change::store(*next);
  });
  if (!written)
    return std::move(written.error());
  if (*written != 0 && !flight.superseded()) {
    remember(key, *written, value_origin::loaded, flight.caller,
             time - flight.started);
    return {};
  }
  counters_.add(counter::loads_superseded);
  if (*written == 0)
    return adopt(key, value);
  // Somebody wrote while we did: where the store cannot tell which came first,
  // ours goes.
  auto undone = write(key, time, [&](const entry* current) {
    return current != nullptr && current->version == *written ? change::erase()
                                                              : change::keep();
  });
  return undone ? caf::error{} : std::move(undone.error());
}

caf::error engine::adopt(std::string_view key, term& value) {
  auto time = now();
  auto found = store_->get(key, time);
  if (!found)
    return std::move(found.error());
  if (*found && (*found)->fresh(time))
    value = std::move((*found)->value);
  return {};
}

caf::expected<term> engine::fall_back(std::string_view key, caf::error reason,
                                      const load_options& options) {
  if (options.stale_if_error <= timespan{0} || !check().empty())
    return reason;
  auto time = now();
  auto found = store_->get(key, time);
  if (found && classify(*found, options, time) != freshness::missing)
    return std::move((*found)->value);
  return reason;
}

// -- loads that an actor runs -------------------------------------------------

std::optional<caf::expected<lease>>
engine::acquire(std::string_view key, const load_options& options,
                std::string_view asker,
                std::function<void(caf::expected<lease>)> later) {
  auto turn = board(key, options, asker);
  if (!turn)
    return caf::expected<lease>{std::move(turn.error())};
  if (turn->awaited) {
    call_when_landed(*turn->awaited, std::move(later));
    return std::nullopt;
  }
  if (turn->led)
    flights_->grant(key, turn->led);
  return caf::expected<lease>{
    lease{std::move(turn->value), turn->led ? turn->led->id() : 0}};
}

void engine::await_load(
  uint64_t lease,
  std::function<void(caf::expected<actor_cache::lease>)> later) {
  if (auto flight = flights_->granted(lease))
    call_when_landed(*flight, std::move(later));
  else
    later(make_error(errc::load_failed,
                     fmt::format("cache '{}': no load with the lease {} is "
                                 "under way",
                                 name(), lease)));
}

caf::expected<term> engine::fulfil(uint64_t lease, term value,
                                   const load_options& options) {
  auto [key, flight] = flights_->redeem(lease);
  if (flight == nullptr)
    return value; // revoked: nobody waits for it any more
  return land(key, flight, std::move(value), options);
}

caf::expected<term> engine::abandon(uint64_t lease, caf::error reason,
                                    const load_options& options) {
  if (reason.empty())
    reason = make_error(errc::load_failed,
                        fmt::format("cache '{}': the load was given up without "
                                    "an error",
                                    name()));
  auto [key, flight] = flights_->redeem(lease);
  if (flight == nullptr)
    return reason;
  return land(key, flight, std::move(reason), options);
}

void engine::revoke(uint64_t lease) {
  auto reason = check_running();
  if (reason.empty())
    reason = make_error(errc::load_failed,
                        fmt::format("cache '{}': the actor that was loading "
                                    "the value is gone",
                                    name()));
  static_cast<void>(abandon(lease, std::move(reason), {}));
}

void engine::revoke_all() {
  for (auto lease : flights_->leases())
    revoke(lease);
}

} // namespace actor_cache::detail
