#include "actor_cache/detail/engine.hpp"

#include "actor_cache/detail/arithmetic.hpp"
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

caf::expected<bool> stored(caf::expected<version> written) {
  if (!written)
    return std::move(written.error());
  return *written != 0;
}

caf::expected<bool> stored(caf::expected<conditional::outcome> done) {
  if (!done)
    return std::move(done.error());
  return done->written != 0;
}

version version_of(const entry* current) noexcept {
  return current == nullptr ? 0 : current->version;
}

/// Returns `spec` with what the adapter has to say about it.
cache_spec completed(cache_spec spec, const adapter_traits& traits) {
  if (spec.default_ttl.is_infinite())
    spec.default_ttl = traits.default_ttl;
  if (traits.sweep_interval)
    spec.sweep_interval = *traits.sweep_interval;
  return spec;
}

const entry* fresh_or_null(const entry* current, time_point now) noexcept {
  return current != nullptr && current->fresh(now) ? current : nullptr;
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
  if (!*found || !(*found)->fresh(now)) {
    count(counter::misses, key);
    return std::optional<term>{};
  }
  count(counter::hits, key);
  return std::optional{std::move((*found)->value)};
}

caf::expected<std::optional<found_entry>>
engine::get_entry(std::string_view key) {
  return read<found_entry>(key, [this](const stored_entry& x) {
    return found_entry{x.value, x.version, x.remaining(now())};
  });
}

caf::expected<entry> engine::draft(term value, std::optional<ttl> lifetime,
                                   time_point now) {
  auto span = lifetime.value_or(spec_.default_ttl);
  if (auto err = span.validate(); !err.empty())
    return err;
  if (!span.is_infinite())
    note_deadline();
  return entry{std::move(value), span.deadline(now)};
}

caf::expected<void> engine::put(std::string_view key, term value,
                                std::optional<ttl> lifetime) {
  if (auto err = check(); !err.empty())
    return err;
  auto endless = lifetime.value_or(spec_.default_ttl).is_infinite();
  auto time = endless ? read_time() : now();
  auto next = draft(std::move(value), lifetime, time);
  if (!next)
    return std::move(next.error());
  flights_->supersede(key);
  auto done = store_->put(key, std::move(*next), time);
  if (!done)
    return std::move(done.error());
  count(counter::puts, key);
  remember_write(key, *done);
  return {};
}

caf::expected<version> engine::write(std::string_view key, time_point now,
                                     decide_fn decide) {
  auto what = change::kind::keep;
  std::optional<counter> went;
  auto written = store_->update(key, now, [&](const entry* current) {
    auto next = decide(current);
    what = next.what;
    went.reset();
    if (current != nullptr)
      went = !current->fresh(now)          ? counter::expired
             : what == change::kind::store ? counter::replaced
                                           : counter::erased;
    return next;
  });
  if (!written || what == change::kind::keep)
    return written;
  if (what == change::kind::store)
    count(counter::puts, key);
  if (went)
    count(*went, key);
  return written;
}

caf::expected<version> engine::modify(std::string_view key, time_point now,
                                      decide_fn decide) {
  auto written = write(key, now, [&](const entry* current) {
    auto next = decide(fresh_or_null(current, now));
    // Whoever refuses to write leaves a load alone.
    if (next.what != change::kind::keep)
      flights_->supersede(key);
    return next;
  });
  if (written && *written != 0)
    remember_write(key, *written);
  return written;
}

caf::expected<conditional::outcome>
engine::put_when(std::string_view key, term value, std::optional<ttl> lifetime,
                 precondition wanted) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto next = draft(std::move(value), lifetime, time);
  if (!next)
    return std::move(next.error());
  if (conditional_ != nullptr)
    return put_at_once(key, std::move(*next), wanted, time);
  conditional::outcome result;
  auto written = modify(key, time, [&](const entry* current) {
    result.found = version_of(current);
    return wanted.met_by(result.found) ? change::store(*next) : change::keep();
  });
  if (!written)
    return std::move(written.error());
  result.written = *written;
  return result;
}

caf::expected<conditional::outcome>
engine::put_at_once(std::string_view key, entry next, precondition wanted,
                    time_point now) {
  auto done = conditional_->put_if(key, std::move(next), wanted, now);
  if (!done || done->written == 0)
    return done;
  // Not before: whoever refuses to write leaves a load alone. A load that ends
  // meanwhile sees by the version that it comes too late.
  flights_->supersede(key);
  count(counter::puts, key);
  if (done->found != 0)
    count(counter::replaced, key);
  else if (done->expired)
    count(counter::expired, key);
  return done;
}

caf::expected<bool> engine::put_new(std::string_view key, term value,
                                    std::optional<ttl> lifetime) {
  return stored(
    put_when(key, std::move(value), lifetime, precondition::absent()));
}

caf::expected<bool> engine::replace(std::string_view key, term value,
                                    std::optional<ttl> lifetime) {
  return stored(
    put_when(key, std::move(value), lifetime, precondition::present()));
}

caf::expected<version> engine::modify_if(std::string_view key, time_point now,
                                         version expected, decide_fn decide) {
  caf::error failure;
  auto written = modify(key, now, [&](const entry* current) {
    failure = conflict_of(key, expected, version_of(current));
    return failure.empty() ? decide(current) : change::keep();
  });
  if (written && !failure.empty())
    return failure;
  return written;
}

caf::expected<version> engine::put_if(std::string_view key, term value,
                                      version expected,
                                      std::optional<ttl> lifetime) {
  auto done = put_when(key, std::move(value), lifetime,
                       precondition::has(expected));
  if (!done)
    return std::move(done.error());
  if (done->written == 0)
    return conflict_of(key, expected, done->found);
  return done->written;
}

caf::expected<version> engine::rewrite(std::string_view key, term value,
                                       version expected) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = now();
  auto created = draft(std::move(value), std::nullopt, time);
  if (!created)
    return std::move(created.error());
  return modify_if(key, time, expected, [&](const entry* current) {
    auto next = *created;
    if (current != nullptr) {
      next.deadline = current->deadline;
      next.stale_for = current->stale_for;
    }
    return change::store(std::move(next));
  });
}

caf::error engine::conflict_of(std::string_view key, version expected,
                               version found) const {
  if (found == expected)
    return {};
  return make_error(errc::version_conflict,
                    fmt::format("cache '{}': expected the entry of key '{}' to "
                                "have version {}, found {}; version 0 is a "
                                "missing entry",
                                name(), key, expected, found));
}

caf::expected<void> engine::erase(std::string_view key) {
  if (auto err = check(); !err.empty())
    return err;
  flights_->supersede(key);
  auto erased = store_->erase(key, now());
  if (!erased)
    return std::move(erased.error());
  if (*erased)
    count(counter::erased, key);
  return {};
}

caf::expected<void> engine::erase_if(std::string_view key, version expected) {
  if (auto err = check(); !err.empty())
    return err;
  auto erased = modify_if(key, now(), expected, [](const entry* current) {
    return current != nullptr ? change::erase() : change::keep();
  });
  if (!erased)
    return std::move(erased.error());
  return {};
}

caf::expected<std::optional<term>> engine::take(std::string_view key) {
  if (auto err = check(); !err.empty())
    return err;
  if (conditional_ != nullptr)
    return take_at_once(key, now());
  std::optional<term> result;
  auto done = modify(key, now(), [&](const entry* current) {
    result.reset();
    if (current != nullptr)
      result = current->value;
    return change::erase();
  });
  if (!done)
    return std::move(done.error());
  count(result ? counter::hits : counter::misses, key);
  return result;
}

caf::expected<std::optional<term>> engine::take_at_once(std::string_view key,
                                                        time_point now) {
  flights_->supersede(key);
  auto found = conditional_->take(key, now);
  if (!found)
    return std::move(found.error());
  auto fresh = *found && (*found)->fresh(now);
  if (*found)
    count(fresh ? counter::erased : counter::expired, key);
  count(fresh ? counter::hits : counter::misses, key);
  if (!fresh)
    return std::optional<term>{};
  return std::optional{std::move((*found)->value)};
}

caf::expected<bool> engine::touch(std::string_view key, ttl lifetime) {
  if (auto err = lifetime.validate(); !err.empty())
    return err;
  if (auto err = check(); !err.empty())
    return err;
  note_deadline();
  auto time = now();
  return stored(store_->update(key, time, [&](const entry* current) {
    const auto* fresh = fresh_or_null(current, time);
    if (fresh == nullptr)
      return change::keep();
    auto next = *fresh;
    next.deadline = lifetime.deadline(time);
    return change::store(std::move(next));
  }));
}

caf::expected<term> engine::increment(std::string_view key, term step) {
  return adjust(key, arithmetic_op::add, step);
}

caf::expected<term> engine::decrement(std::string_view key, term step) {
  return adjust(key, arithmetic_op::subtract, step);
}

caf::expected<term> engine::adjust(std::string_view key, arithmetic_op op,
                                   const term& step) {
  if (auto err = check(); !err.empty())
    return err;
  auto time = write_time();
  if (counting_ != nullptr) {
    auto counted = counting_->count(key, op, step, time);
    if (!counted)
      return std::move(counted.error());
    if (*counted) {
      note_counted(key);
      return std::move(**counted);
    }
  }
  auto created = draft({}, std::nullopt, time);
  if (!created)
    return std::move(created.error());
  caf::expected<term> result{caf::error{}};
  auto written = modify(key, time, [&](const entry* current) {
    auto next = current != nullptr ? *current : *created;
    result = combine(next.value, op, step);
    if (!result)
      return change::keep();
    next.value = *result;
    return change::store(std::move(next));
  });
  if (!written)
    return std::move(written.error());
  return result;
}

caf::expected<void> engine::count_blindly(std::string_view key,
                                          arithmetic_op op, term step) {
  if (auto err = check(); !err.empty())
    return err;
  if (counting_ != nullptr) {
    auto counted = counting_->count_blindly(key, op, step, write_time());
    if (!counted)
      return std::move(counted.error());
    if (*counted) {
      note_counted(key);
      return {};
    }
  }
  if (auto result = adjust(key, op, step); !result)
    return std::move(result.error());
  return {};
}

void engine::note_counted(std::string_view key) {
  // A load under way sees by the version that it comes too late.
  flights_->supersede(key);
  count(counter::puts, key);
  count(counter::replaced, key);
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
