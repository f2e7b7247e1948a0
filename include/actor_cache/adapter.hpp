#pragma once

#include "actor_cache/clock.hpp"
#include "actor_cache/connected.hpp"
#include "actor_cache/detail/function_ref.hpp"
#include "actor_cache/entry.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache {

/// Whether callers may use a store on their own threads.
enum class road : uint8_t {
  /// The store is thread-safe: handles call it directly.
  direct,
  /// The store lives in the state of the cache's actor: everything is mail.
  mail,
};

/// What the cache must know of an adapter before it calls it.
struct adapter_traits {
  /// The adapter's name in errors, telemetry and configuration.
  std::string_view name;

  actor_cache::road road = actor_cache::road::direct;

  /// Set where calls may wait for I/O. The cache never makes such calls on a
  /// thread of the scheduler.
  bool may_wait = false;

  /// Set where a call on a stack of a `detail::fiber_pool` gives its thread
  /// away while it waits, for I/O or for other callers, so that any thread may
  /// begin it. The cache's actor then needs no thread of its own, and stands in
  /// nobody's way.
  bool suspends = false;

  /// The lifetime of entries that are stored without one, where the cache
  /// itself lets these live without an end.
  ttl default_ttl = infinite;

  /// How often the cache is to call `sweep`, where that is not for the cache's
  /// own options to say.
  std::optional<timespan> sweep_interval = std::nullopt;

  /// Set where `size` takes long, so that nobody asks for it unasked.
  bool counts_slowly = false;
};

/// What an adapter is told of the cache that it is made for.
struct adapter_context {
  /// The name of the cache.
  std::string_view cache_name;

  /// How values are compressed where the adapter stores bytes.
  compression_options compression;

  /// What the `now` of all calls is read from, for adapters that must know the
  /// time when they start and stop.
  clock_ptr clock = nullptr;

  /// The actor system that the cache runs in, with its configuration; null in
  /// tests of an adapter alone.
  caf::actor_system* system = nullptr;

  /// To be told when a connection of the store comes up or goes down; may be
  /// empty. Any thread may call, from `start` on.
  std::function<void(const connection_change&)> on_connection = nullptr;
};

/// Entries that went in calls whose answers do not tell, for `cache_stats`.
struct removals {
  /// Taken out by `erase` or `update` beside the one that the answer is about.
  uint64_t erased = 0;

  /// Another value took their place by `put`, or by `update` beside the entry
  /// that it showed.
  uint64_t replaced = 0;

  /// Their time was over; those that the result of `sweep` counts are left out.
  uint64_t expired = 0;
};

/// Decides, while the store holds the entry still, what becomes of it. Sees
/// `nullptr` where the store has no entry. May run more than once for one
/// update and must neither block nor call the cache.
using decide_fn = detail::function_ref<change(const entry* current)>;

/// Sees an entry while the store holds it still, so that nobody copies more of
/// it than is wanted. Must neither block nor call the cache.
using see_fn = detail::function_ref<void(const stored_entry& found)>;

/// Stores the entries of one cache.
///
/// The time is an argument everywhere: adapters read no clock. A store has an
/// entry until `entry::kept_until()`, whether or not a sweep has been there.
///
/// Thread safety: with `road::direct` every call may run at the same time as
/// any other; with `road::mail` only the cache's actor calls.
///
/// Errors: `errc::unavailable` where the store is out of reach,
/// `errc::corrupt_value` where its bytes cannot be trusted,
/// `errc::encoding_failed` where it holds bytes and a value has none.
class adapter {
public:
  virtual ~adapter();

  virtual adapter_traits traits() const noexcept = 0;

  /// Opens the store. Called once, before all other calls.
  virtual caf::error start();

  /// Closes the store. Called once, after `start` and all other calls; calls
  /// that overlap it must do no harm.
  /// @returns why something was lost
  virtual caf::error stop();

  /// Returns the entry of `key`, or `nullopt` where there is none.
  virtual caf::expected<std::optional<entry>>
  get(std::string_view key, time_point now) = 0;

  /// Shows `see` what `get` would return, if that is an entry. Stores that hold
  /// objects override this: a copy of the entry is most of what a `get` costs.
  virtual caf::error read(std::string_view key, time_point now, see_fn see);

  /// Stores `next` under `key` whatever was there.
  /// @returns the version that the entry got
  virtual caf::expected<version>
  put(std::string_view key, entry next, time_point now) = 0;

  /// Removes `key`.
  /// @returns whether there was an entry
  virtual caf::expected<bool> erase(std::string_view key, time_point now) = 0;

  /// Reads, decides and writes as one step that no other write to `key` can
  /// come between.
  /// @returns the version written, or 0 where nothing was stored
  virtual caf::expected<version>
  update(std::string_view key, time_point now, decide_fn decide) = 0;

  /// Returns the number of entries, in O(1) where the store can; entries whose
  /// time is over may be counted until a sweep has been there.
  virtual caf::expected<size_t> size(time_point now) = 0;

  /// Removes everything.
  virtual caf::error clear() = 0;

  /// Returns about `limit` entries from `cursor` on; the empty cursor is the
  /// beginning. Whoever follows the cursors sees each entry that is there all
  /// the time exactly once; others may be seen or not. Writers go on.
  virtual caf::expected<scan_page>
  scan(std::string_view cursor, size_t limit, time_point now) = 0;

  /// Frees entries whose time is over, at a cost that depends on how many these
  /// are and not on the size of the store. Works for a few milliseconds at
  /// most.
  /// @returns how many it freed that `removed` does not count
  virtual size_t sweep(time_point now);

  /// Tells whether the last `sweep` left something over, so that the next one
  /// is to come at once.
  virtual bool sweep_pending() const noexcept;

  /// Returns the bytes that the store holds, or 0 where it does not know.
  virtual size_t bytes() const noexcept;

  /// Returns what went unreported since the adapter was made; zeros where the
  /// store does not know.
  virtual removals removed() const noexcept;

  // -- many at once: stores with a cheaper way than one by one override these -

  virtual caf::expected<std::vector<std::optional<entry>>>
  get_many(std::span<const std::string> keys, time_point now);

  virtual caf::error
  put_many(std::span<const std::pair<std::string, entry>> entries,
           time_point now);

  /// @returns how many of `keys` had an entry
  virtual caf::expected<size_t> erase_many(std::span<const std::string> keys,
                                           time_point now);

  // -- what only some stores can do
  // ---------------------------------------------

  /// Returns the capability `T`, an interface with a header of its own; null
  /// where the store lacks it. Lives as long as the adapter.
  template <class T>
  T* capability() noexcept {
    return static_cast<T*>(find_capability(T::capability_name));
  }

  /// Returns the interface with that `capability_name`, as a pointer to exactly
  /// that type.
  virtual void* find_capability(std::string_view name) noexcept;
};

using adapter_ptr = std::unique_ptr<adapter>;

} // namespace actor_cache
