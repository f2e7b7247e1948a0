#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/conditional.hpp"
#include "actor_cache/counting.hpp"
#include "actor_cache/deferred_reads.hpp"
#include "actor_cache/detail/arithmetic.hpp"
#include "actor_cache/detail/counters.hpp"
#include "actor_cache/detail/engine_hooks.hpp"
#include "actor_cache/detail/telemetry_gate.hpp"
#include "actor_cache/explanation.hpp"
#include "actor_cache/load_options.hpp"
#include "actor_cache/results.hpp"
#include "actor_cache/spec.hpp"
#include "actor_cache/stats.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::telemetry {

struct cache_figures;

} // namespace actor_cache::telemetry

namespace actor_cache::detail {

class flight;
class flight_table;
class meter;
class place;
class provenance;
class telemetry_hub;

using flight_ptr = std::shared_ptr<flight>;

/// Runs the user's function; owns it, since a refresh may outlive the call.
using loader = std::function<caf::expected<term>()>;

/// Calls `load`; an exception becomes `errc::load_failed`.
caf::expected<term> run_loader(const loader& load, std::string_view cache);

/// The calls of one cache over its store. Handles call it on their own threads
/// where the store allows that, else the cache's actor calls it: either way
/// each call is written once, here.
///
/// The engine outlives the actor: after a crash the next actor goes on with it.
class engine : public std::enable_shared_from_this<engine> {
public:
  engine(caf::actor_system& system, cache_spec spec, adapter_ptr store,
         std::shared_ptr<engine_hooks> hooks = nullptr);

  ~engine();

  engine(const engine&) = delete;

  engine& operator=(const engine&) = delete;

  // -- properties -------------------------------------------------------------

  const cache_spec& spec() const noexcept {
    return spec_;
  }

  const std::string& name() const noexcept {
    return spec_.name;
  }

  const adapter_traits& traits() const noexcept {
    return traits_;
  }

  /// Returns what knows the instances of a sandboxed cache, else null.
  sandbox_front* front() const noexcept {
    return hooks_ != nullptr ? hooks_->front() : nullptr;
  }

  /// Tells whether callers may use the engine on their own threads.
  bool direct() const noexcept {
    return traits_.road == road::direct;
  }

  // -- lifecycle --------------------------------------------------------------

  caf::error start();

  /// Closes the store; each call fails from then on.
  /// @returns what the store lost by that; nothing at the second call
  caf::error stop() noexcept;

  /// Empties the store where the spec asks for that after a crash.
  caf::error recover();

  bool stopped() const noexcept {
    return state_.load(std::memory_order_acquire) == state::stopped;
  }

  /// @returns `errc::cache_not_running` where the cache was stopped
  caf::error check_running() const;

  /// Calls `fun` when the cache is stopped.
  void on_stop(std::function<void()> fun);

  /// Returns the place that the cache's actors fill, one after the other.
  /// @returns `errc::cache_not_running` where the cache was stopped
  caf::expected<std::shared_ptr<place>> where() const;

  // -- one key ----------------------------------------------------------------

  caf::expected<std::optional<term>> get(std::string_view key);

  /// Returns the capability by which a `get` begins that nobody waits for: null
  /// where the store lacks it, and for now where telemetry watches or calls
  /// fail at once.
  deferred_reads* defers_reads() const noexcept;

  /// Ends such a `get`, which began at `now`, with what the store found.
  caf::expected<std::optional<term>>
  end_get(std::string_view key, time_point now,
          caf::expected<std::optional<entry>> found);

  caf::expected<std::optional<found_entry>> get_entry(std::string_view key);

  caf::expected<void> put(std::string_view key, term value,
                          std::optional<ttl> lifetime);

  caf::expected<bool> put_new(std::string_view key, term value,
                              std::optional<ttl> lifetime);

  caf::expected<bool> replace(std::string_view key, term value,
                              std::optional<ttl> lifetime);

  caf::expected<version> put_if(std::string_view key, term value,
                                version expected, std::optional<ttl> lifetime);

  caf::expected<version> rewrite(std::string_view key, term value,
                                 version expected);

  caf::expected<void> erase(std::string_view key);

  caf::expected<void> erase_if(std::string_view key, version expected);

  caf::expected<std::optional<term>> take(std::string_view key);

  caf::expected<bool> touch(std::string_view key, ttl lifetime);

  // -- the objects of one key: of a bag any number, else one at most ----------

  caf::expected<object_list> lookup(std::string_view key);

  caf::expected<object_list> take_all(std::string_view key);

  caf::expected<bool> erase_object(std::string_view key, version which);

  caf::expected<bool> replace_object(std::string_view key, version which,
                                     term next);

  caf::expected<term> increment(std::string_view key, term step);

  caf::expected<term> decrement(std::string_view key, term step);

  /// Counts like `increment` and `decrement`, without a word about the new
  /// number: threads that do so at once need not wait for each other.
  caf::expected<void> count_blindly(std::string_view key, arithmetic_op op,
                                    term step);

  caf::expected<bool> contains(std::string_view key);

  caf::expected<std::optional<ttl>> ttl_of(std::string_view key);

  // -- many keys --------------------------------------------------------------

  caf::expected<std::vector<std::optional<term>>>
  get_many(const std::vector<std::string>& keys);

  caf::expected<void>
  put_many(const std::vector<std::pair<std::string, term>>& entries,
           std::optional<ttl> lifetime);

  caf::expected<uint64_t> erase_many(const std::vector<std::string>& keys);

  // -- the whole cache --------------------------------------------------------

  caf::expected<uint64_t> size();

  caf::expected<void> clear();

  caf::expected<entry_page> scan(const std::string& cursor, uint64_t limit);

  caf::expected<cache_stats> stats();

  /// Tells where the value of `key` comes from, `nullopt` where there is none.
  /// Counts neither as a hit nor as a miss.
  caf::expected<std::optional<explanation>> explain(std::string_view key);

  /// Frees what has expired, for a few milliseconds at most.
  /// @returns whether there is more of it
  bool sweep();

  // -- calls that only some stores have, made by the handle of an adapter -----

  template <class T>
  T* capability() const noexcept {
    return store_->capability<T>();
  }

  /// Returns the time for a call that only reads.
  caf::expected<time_point> begin_read() const;

  /// Returns the time for a call that writes to `key`.
  caf::expected<time_point> begin_write(std::string_view key);

  /// Returns the time for a call that writes to keys which it tells
  /// `supersede`.
  caf::expected<time_point> begin_write();

  /// Lets a write to `key` win over a load that is under way.
  void supersede(std::string_view key);

  /// Counts what a call has done to `key`.
  void count(counter which, std::string_view key, uint64_t n = 1) {
    counters_.add(which, n);
    note(which, key);
  }

  void note(counter which, std::string_view key) {
    if (hooks_ != nullptr)
      hooks_->note(which, key);
  }

  // -- telemetry --------------------------------------------------------------

  /// Tells whether anybody wants to know of calls.
  bool watched() const noexcept {
    return gate_.flags.load(std::memory_order_relaxed) != 0;
  }

  telemetry_hub& hub() const noexcept {
    return *hub_;
  }

  /// Returns what is measured and counted for telemetry alone.
  meter& measures() const noexcept {
    return *meter_;
  }

  /// Counts that a call failed.
  void count_error(const caf::error& what) noexcept;

  /// Counts and tells that a call failed outside of the span of it.
  void report_error(std::string_view operation, const caf::error& what);

  /// Returns the time that durations are measured by.
  time_point telemetry_time() const {
    return now();
  }

  /// Returns what the cache has counted: does no I/O, and any thread may ask.
  telemetry::cache_figures figures() const;

  // -- loading ----------------------------------------------------------------

  /// Returns the value of `key`, or loads it: one load for all who ask at once.
  caf::expected<term> get_or_create(std::string_view key,
                                    function_ref<loader()> make_loader,
                                    const load_options& options);

  /// Begins a load that somebody else runs: returns the value, or a lease that
  /// makes the receiver the one to load, or nothing where another one loads
  /// already. Then `later` is called, on any thread, when that load is over.
  /// @param asker who asks, for `explain`
  std::optional<caf::expected<lease>>
  acquire(std::string_view key, const load_options& options,
          std::string_view asker,
          std::function<void(caf::expected<lease>)> later);

  /// Returns the error for those who waited for a load as long as they wanted.
  caf::error waited_too_long(std::string_view key,
                             const load_options& options) const;

  /// Calls `later`, on any thread, when the load of `lease` is over, with the
  /// value and no lease, or the error.
  void await_load(uint64_t lease,
                  std::function<void(caf::expected<actor_cache::lease>)> later);

  /// Ends the load of `lease` with a value.
  caf::expected<term> fulfil(uint64_t lease, term value,
                             const load_options& options);

  /// Ends the load of `lease` with an error.
  /// @returns a stale value where `options` allow one, else the error
  caf::expected<term> abandon(uint64_t lease, caf::error reason,
                              const load_options& options);

  /// Hands the lease back, after its owner died.
  void revoke(uint64_t lease);

  /// Hands all leases back: nobody knows any more whether their owners live.
  void revoke_all();

private:
  enum class state : uint8_t { running, hooked, stopped };

  /// Whether an entry may answer a call that can load.
  enum class freshness : uint8_t {
    /// It may, and nothing else is to be done.
    fresh,
    /// It may, while a load in the background replaces it.
    ageing,
    /// It may if a load fails.
    fallback,
    /// It may not, or there is none.
    missing,
  };

  /// Begins a call: an error is its answer.
  caf::error check() const {
    if (state_.load(std::memory_order_acquire) == state::running) [[likely]]
      return {};
    return check_hooked();
  }

  /// The same for a cache that is not simply running.
  caf::error check_hooked() const;

  caf::expected<entry> draft(term value, std::optional<ttl> lifetime,
                             time_point now);

  /// Updates `key` in the store and counts what became of its entry.
  caf::expected<version> write(std::string_view key, time_point now,
                               decide_fn decide);

  /// Does the same for a caller of the cache: `decide` sees `nullptr` where
  /// there is no fresh entry, and what it writes wins over a load under way.
  caf::expected<version> modify(std::string_view key, time_point now,
                                decide_fn decide);

  /// Does the same if the entry has the version `expected`, 0 for none.
  /// @returns `errc::version_conflict`
  caf::expected<version> modify_if(std::string_view key, time_point now,
                                   version expected, decide_fn decide);

  caf::expected<conditional::outcome> put_when(std::string_view key, term value,
                                               std::optional<ttl> lifetime,
                                               precondition wanted);

  /// Lets the store decide.
  caf::expected<conditional::outcome>
  put_at_once(std::string_view key, entry next, precondition wanted,
              time_point now);

  /// Returns the value of what the store found, if it is fresh, and counts
  /// that.
  std::optional<term> hit_or_miss(std::string_view key, time_point now,
                                  std::optional<entry> found);

  caf::expected<std::optional<term>> take_at_once(std::string_view key,
                                                  time_point now);

  caf::error remove_all();

  /// Returns what has been counted, without the size of the store.
  cache_stats counted() const;

  /// Tells of what went since the last time, by cause.
  void report_evictions();

  void report_restart();

  /// Notes the size of a store that only some threads may ask.
  void publish_size(time_point now);

  void report_load(std::string_view phase, std::string_view key,
                   const flight& what, std::optional<timespan> took,
                   const caf::error* failure);

  void report_miss(std::string_view operation, std::string_view key);

  /// Remembers who wrote `key`, where `explain` is to tell.
  void remember_write(std::string_view key, version written) {
    if (spec_.provenance.writes) [[unlikely]]
      remember(key, written, value_origin::written, {}, std::nullopt);
  }

  void remember(std::string_view key, version written, value_origin how,
                std::string_view caller, std::optional<timespan> load_time);

  /// Returns who calls, as `explanation` puts it.
  std::string caller() const;

  caf::error conflict_of(std::string_view key, version expected,
                         version found) const;

  caf::expected<term> adjust(std::string_view key, arithmetic_op op,
                             const term& step);

  /// Counts that a number took the place of another one.
  void note_counted(std::string_view key);

  /// Returns the time for a write that only a default lifetime gives a
  /// deadline.
  time_point write_time() const {
    return spec_.default_ttl.is_infinite() ? read_time() : now();
  }

  static freshness classify(const std::optional<entry>& current,
                            const load_options& options, time_point now);

  /// What a caller that can load has got.
  struct boarding {
    /// A value to use now.
    std::optional<term> value;

    /// A load that the caller is to run.
    flight_ptr led;

    /// A load that somebody else runs and the caller has to wait for.
    flight_ptr awaited;
  };

  /// Reads a value, of which `convert(entry)` makes what the caller wants.
  template <class T, class F>
  caf::expected<std::optional<T>> read(std::string_view key, F convert);

  /// Reads for a caller that can load instead.
  caf::expected<std::optional<entry>> read_to_load(std::string_view key,
                                                   time_point now,
                                                   const load_options& options);

  caf::expected<boarding> board(std::string_view key,
                                const load_options& options,
                                std::string_view asker = {});

  caf::expected<boarding> take_off(std::string_view key, flight_ptr flight,
                                   boarding result, const load_options& options,
                                   std::string_view asker);

  caf::expected<term> wait(std::string_view key, const flight_ptr& flight,
                           const load_options& options);

  void refresh(std::string key, flight_ptr flight, loader load,
               const load_options& options);

  caf::expected<term> land(std::string_view key, const flight_ptr& flight,
                           caf::expected<term> result,
                           const load_options& options);

  caf::error store_loaded(std::string_view key, flight& flight, term& value,
                          const load_options& options);

  /// Replaces `value` by what the store has under `key`, if anything.
  caf::error adopt(std::string_view key, term& value);

  caf::expected<term> fall_back(std::string_view key, caf::error reason,
                                const load_options& options);

  /// Returns the time for a read: any will do, and the clock is spared, as long
  /// as no entry has a deadline.
  time_point read_time() const {
    return timed_.load(std::memory_order_relaxed) ? now() : time_point::min();
  }

  /// From now on there may be entries with a deadline.
  void note_deadline() noexcept {
    if (!timed_.load(std::memory_order_relaxed))
      timed_ = true;
  }

  time_point now() const {
    return clock_->now();
  }

  caf::actor_system& system_;
  const cache_spec spec_;
  const clock_ptr clock_;
  const adapter_ptr store_;
  const adapter_traits traits_;
  counting* const counting_;
  conditional* const conditional_;
  deferred_reads* const deferred_;
  const std::shared_ptr<engine_hooks> hooks_;
  const std::shared_ptr<telemetry_hub> hub_;
  const telemetry_gate& gate_;
  std::atomic<state> state_;
  std::atomic<bool> timed_{true};
  counters counters_;
  std::unique_ptr<flight_table> flights_;
  const std::unique_ptr<meter> meter_;
  const std::unique_ptr<provenance> provenance_;
  std::atomic<size_t> refreshes_{0};
  std::shared_ptr<place> place_;
  std::mutex on_stop_mtx_;
  std::vector<std::function<void()>> on_stop_;
};

using engine_ptr = std::shared_ptr<engine>;

} // namespace actor_cache::detail
