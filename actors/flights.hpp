#pragma once

#include "actor_cache/term.hpp"
#include "actor_cache/types.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::detail {

/// One load of one key, under way or landed: whoever wants the key meanwhile
/// waits here for its result. (Go's `singleflight`.)
///
/// Thread safety: all members may be called at the same time.
class flight {
public:
  using result = caf::expected<term>;

  flight(uint64_t id, time_point now) : started(now), id_(id) {
    // nop
  }

  /// When the load began.
  const time_point started;

  uint64_t id() const noexcept {
    return id_;
  }

  /// The version of the entry that the load is to replace, 0 for none. Only
  /// who leads the flight reads and writes it.
  version seen = 0;

  /// Who loads, as `explanation` puts it. Only who leads the flight writes it,
  /// before the load begins.
  std::string caller;

  /// What the events of the load have in common; written likewise.
  uint64_t span = 0;

  /// Set once somebody wrote to the key: the result comes too late to be
  /// stored.
  bool superseded() const noexcept {
    return superseded_.load();
  }

  void supersede() noexcept {
    superseded_.store(true);
  }

  /// Tells whether the result is of no use to those who come at `now`: others
  /// may have seen the value in the store already, and seen it expire.
  bool over(time_point now) const noexcept {
    return now >= over_from_.load();
  }

  void over_from(time_point deadline) noexcept {
    over_from_.store(deadline);
  }

  /// Calls `fun` with the result: when it is there, or now if it is.
  void then(std::function<void(const result&)> fun);

  /// Blocks until the result is there, `nullopt` after `timeout`.
  std::optional<result> wait_for(timespan timeout);

  /// Sets the result and wakes all who wait; calls after the first are void.
  void land(const result& what);

private:
  const uint64_t id_;
  std::atomic<bool> superseded_{false};
  std::atomic<time_point> over_from_{never};
  std::mutex mtx_;
  std::condition_variable landed_;
  std::optional<result> result_;
  std::vector<std::function<void(const result&)>> waiters_;
};

using flight_ptr = std::shared_ptr<flight>;

/// The loads of one cache that are under way, and the failures that it
/// remembers for a while.
///
/// Thread safety: all members may be called at the same time.
class flight_table {
public:
  /// Whose turn it is.
  struct ticket {
    flight_ptr flight;

    /// Set where the caller is to load and then `finish`.
    bool leads = false;
  };

  /// Joins the load of `key`, or begins one.
  ticket join(std::string_view key, time_point now);

  /// Notes that somebody elsewhere runs the load `led` and will name its id.
  void grant(std::string_view key, const flight_ptr& led);

  /// Returns a load that was granted; null where there is none of that id any
  /// more.
  flight_ptr granted(uint64_t id);

  /// Returns the ids of all loads that were granted and not redeemed.
  std::vector<uint64_t> leases();

  /// Returns a load that was granted, once, with its key; null where there is
  /// none of that id any more.
  std::pair<std::string, flight_ptr> redeem(uint64_t id);

  /// Takes a load off the table and lands it; its result still answers those
  /// who ask before `remember_until`.
  void finish(std::string_view key, const flight_ptr& done,
              const flight::result& result,
              std::optional<time_point> remember_until);

  /// Takes the load of `key` off the table because somebody wrote to the key;
  /// those who wait get its result, those who come later do not.
  void supersede(std::string_view key);

  void supersede_all();

  /// Forgets results whose time is over.
  void sweep(time_point now);

private:
  struct item {
    flight_ptr flight;

    /// Set for a result that is remembered.
    std::optional<time_point> until;

    bool answers(time_point now) const noexcept {
      return until ? now < *until : !flight->over(now);
    }
  };

  struct alignas(64) stripe {
    std::mutex mtx;
    std::map<std::string, item, std::less<>> items;
  };

  stripe& stripe_of(std::string_view key) noexcept;

  template <class Predicate>
  std::vector<flight_ptr> remove_if(Predicate wanted);

  std::array<stripe, 16> stripes_;
  std::atomic<uint64_t> last_id_{0};
  std::mutex granted_mtx_;
  std::map<uint64_t, std::pair<std::string, flight_ptr>> granted_;

  /// Number of items, so that writes to the cache cost next to nothing while
  /// no load is under way.
  std::atomic<size_t> size_{0};
};

} // namespace actor_cache::detail
