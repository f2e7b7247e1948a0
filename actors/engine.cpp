#include "actor_cache/detail/engine.hpp"

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/errc.hpp"

#include "cache_registry.hpp"
#include "flights.hpp"
#include "place.hpp"
#include "telemetry/hub.hpp"
#include "telemetry/meter.hpp"
#include "telemetry/provenance.hpp"

#include <fmt/format.h>

namespace actor_cache::detail {

namespace {

/// Returns `spec` with what the adapter has to say about it.
cache_spec completed(cache_spec spec, const adapter_traits& traits) {
  if (spec.default_ttl.is_infinite())
    spec.default_ttl = traits.default_ttl;
  if (traits.sweep_interval)
    spec.sweep_interval = *traits.sweep_interval;
  return spec;
}

} // namespace

engine::engine(caf::actor_system& system, cache_spec spec, adapter_ptr store,
               std::shared_ptr<engine_hooks> hooks)
  : system_(system),
    spec_(completed(std::move(spec), store->traits())),
    clock_(spec_.clock ? spec_.clock : clock_of(system)),
    store_(std::move(store)),
    traits_(store_->traits()),
    counting_(store_->capability<counting>()),
    conditional_(store_->capability<conditional>()),
    deferred_(store_->capability<deferred_reads>()),
    hooks_(std::move(hooks)),
    hub_(cache_registry::of(system).hub()),
    gate_(hub_->gate()),
    state_(hooks_ != nullptr ? state::hooked : state::running),
    flights_(std::make_unique<flight_table>()),
    meter_(std::make_unique<meter>()),
    provenance_(std::make_unique<provenance>(spec_.provenance.keys)),
    place_(
      std::make_shared<place>(system, fmt::format("cache '{}'", spec_.name))) {
  // nop
}

engine::~engine() = default;

// -- lifecycle ----------------------------------------------------------------

caf::error engine::start() {
  if (auto err = store_->start(); !err.empty())
    return err;
  // Only the engine writes to a store that never waits for I/O, so that one
  // which begins empty has no deadlines before the engine sets one.
  if (direct() && !traits_.may_wait) {
    auto entries = store_->size(time_point::min());
    timed_ = !entries || *entries > 0;
  }
  meter_->started = true;
  return {};
}

caf::error engine::stop() noexcept {
  if (state_.exchange(state::stopped) == state::stopped)
    return {};
  try {
    place_->close();
    decltype(on_stop_) callbacks;
    {
      std::lock_guard guard{on_stop_mtx_};
      callbacks.swap(on_stop_);
    }
    for (auto& fun : callbacks)
      fun();
    revoke_all();
    report_evictions();
    return store_->stop();
  } catch (...) {
    return current_exception_error();
  }
}

caf::error engine::recover() {
  report_restart();
  revoke_all();
  if (!spec_.clean_restart)
    return {};
  return remove_all();
}

void engine::on_stop(std::function<void()> fun) {
  std::lock_guard guard{on_stop_mtx_};
  on_stop_.push_back(std::move(fun));
}

caf::expected<place_ptr> engine::where() const {
  if (auto err = check_running(); !err.empty())
    return err;
  return place_;
}

caf::error engine::check_hooked() const {
  return state_.load(std::memory_order_acquire) == state::hooked
           ? hooks_->admit()
           : check_running();
}

caf::error engine::check_running() const {
  if (!stopped())
    return {};
  return make_error(errc::cache_not_running,
                    fmt::format("cache '{}' was stopped; start it again under "
                                "a supervisor and take a new handle with find",
                                name()));
}

// -- one key ------------------------------------------------------------------

template <class T, class F>
caf::expected<std::optional<T>> engine::read(std::string_view key, F convert) {
  caf::expected<std::optional<T>> result{std::nullopt};
  if (auto err = check(); !err.empty()) [[unlikely]] {
    result = std::move(err);
    return result;
  }
  auto time = read_time();
  auto err = store_->read(key, time, [&](const stored_entry& x) {
    if (x.fresh(time))
      result->emplace(convert(x));
  });
  if (!err.empty()) [[unlikely]]
    result = std::move(err);
  else
    count(*result ? counter::hits : counter::misses, key);
  return result;
}

caf::expected<std::optional<term>> engine::get(std::string_view key) {
  return read<term>(key, [](const stored_entry& x) { return x.value; });
}

deferred_reads* engine::defers_reads() const noexcept {
  auto simple = state_.load(std::memory_order_acquire) == state::running
                && !watched();
  return simple ? deferred_ : nullptr;
}

caf::expected<std::optional<term>>
engine::end_get(std::string_view key, time_point now,
                caf::expected<std::optional<entry>> found) {
  if (!found) {
    count_error(found.error());
    return std::move(found.error());
  }
  return hit_or_miss(key, now, std::move(*found));
}

std::optional<term> engine::hit_or_miss(std::string_view key, time_point now,
                                        std::optional<entry> found) {
  if (!found || !found->fresh(now)) {
    count(counter::misses, key);
    return std::nullopt;
  }
  count(counter::hits, key);
  return std::move(found->value);
}

caf::expected<std::optional<found_entry>>
engine::get_entry(std::string_view key) {
  return read<found_entry>(key, [this](const stored_entry& x) {
    return found_entry{x.value, x.version, x.remaining(now())};
  });
}

caf::expected<bool> engine::contains(std::string_view key) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto found = store_->get(key, time);
  if (!found)
    return std::move(found.error());
  return *found && (*found)->fresh(time);
}

caf::expected<std::optional<ttl>> engine::ttl_of(std::string_view key) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto found = store_->get(key, time);
  if (!found)
    return std::move(found.error());
  if (!*found || !(*found)->fresh(time))
    return std::optional<ttl>{};
  return std::optional<ttl>{(*found)->remaining(time)};
}

} // namespace actor_cache::detail
