#pragma once

#include "actor_cache/lockable.hpp"

#include "../fibers/timer.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace actor_cache::con_cache_store {

/// A lock for each key that somebody holds or waits for, and none for others.
///
/// Who finds a lock free touches one of many mutexes for a moment. Who has to
/// wait is noted under one mutex for all, so that a circle of owners that wait
/// for each other shows before it closes.
///
/// Thread safety: all members may be called at the same time.
class lock_table {
public:
  using owner = lockable::owner;

  /// Returns the owner that this thread acts for: one of its own, or another
  /// one after `act_for`.
  static owner this_owner() noexcept;

  static owner new_owner() noexcept;

  /// @returns the owner from before
  static owner act_for(owner other) noexcept;

  /// @returns `errc::timeout`, `errc::deadlock`, `errc::would_block`
  caf::error lock(std::string_view key, timespan timeout);

  /// Takes the lock for `taker`, who is the running job of a fiber pool; the
  /// job gives its thread away while it waits.
  /// @returns `errc::timeout`, `errc::cache_not_running` where the pool closes
  caf::error lock_in_job(std::string_view key, owner taker, timespan timeout);

  void unlock(std::string_view key, owner holder) noexcept;

  void lock_later(std::string_view key, owner taker,
                  std::function<void()> granted);

  bool give_up(std::string_view key, owner waiter);

  /// Number of keys with a lock, and of owners that wait; for tests.
  size_t size() const;

  size_t waiting() const;

private:
  struct waiter {
    owner who;
    bool granted = false;
    std::condition_variable changed;

    /// Empty where a thread waits.
    std::function<void()> on_grant;
  };

  using waiter_ptr = std::shared_ptr<waiter>;

  struct record {
    owner holder;
    size_t depth = 1;
    std::deque<waiter_ptr> queue;
  };

  struct alignas(64) stripe {
    mutable std::mutex mtx;
    std::map<std::string, record, std::less<>> records;

    /// Takes a lock that is free, or the holder's already.
    bool take(std::string_view key, owner who);
  };

  stripe& stripe_of(std::string_view key) noexcept;

  bool closes_a_circle(const record& wanted, owner who) const;

  static void remove(record& from, owner who);

  /// @returns the function of the owner that has the lock now, if it has one
  std::function<void()> pass_on(stripe& part, std::string_view key);

  std::array<stripe, 64> stripes_;

  /// Who holds a lock that others wait for changes under this mutex alone. It
  /// is locked before that of a stripe.
  mutable std::mutex queues_mtx_;

  /// What each owner waits for.
  std::map<owner, record*> waits_for_;

  detail::timer timer_;
};

} // namespace actor_cache::con_cache_store
