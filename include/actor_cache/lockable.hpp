#pragma once

#include "actor_cache/types.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace actor_cache {

/// What a store offers that has a lock for each key: for sections of the
/// caller's own, and for its writes.
///
/// A lock belongs to an owner, usually a thread, which may take it again. It is
/// there from the first caller to the last one; different keys never share one.
/// Those who wait get it in the order in which they came.
///
/// Thread safety: as the adapter.
class lockable {
public:
  /// Somebody who can hold locks.
  using owner = uint64_t;

  static constexpr std::string_view capability_name = "lockable";

  virtual ~lockable() = default;

  /// Returns the owner that this thread acts for.
  virtual owner this_owner() const noexcept = 0;

  /// Returns an owner that is no thread.
  virtual owner new_owner() noexcept = 0;

  /// Lets this thread act for another owner; returns the one from before.
  virtual owner act_for(owner other) noexcept = 0;

  /// Takes the lock of `key` for the owner that this thread acts for; waits for
  /// `timeout` at most, by default for as long as the store's options say.
  /// @returns `errc::timeout` where another owner still has it,
  ///          `errc::deadlock`, at once, where that one waits for this owner,
  ///          `errc::would_block`, at once, instead of a wait on a thread of
  ///          CAF's scheduler
  virtual caf::error
  lock(std::string_view key, std::optional<timespan> timeout = std::nullopt)
    = 0;

  /// Returns how long a call waits that does not say.
  virtual timespan default_timeout() const noexcept = 0;

  /// Gives the lock of `key` back that `holder` has taken once more.
  virtual void unlock(std::string_view key, owner holder) noexcept = 0;

  /// Takes the lock of `key` for `taker` and calls `granted` then, at once or
  /// on the thread that gives the lock back.
  virtual void
  lock_later(std::string_view key, owner taker, std::function<void()> granted)
    = 0;

  /// Takes `waiter` off the queue for `key`.
  /// @returns false where it has the lock already
  virtual bool give_up(std::string_view key, owner waiter) = 0;

  /// Lets writes of this thread do without locks, or no longer; may be nested.
  virtual void skip_locks(int change) noexcept = 0;
};

/// Gives a lock back at the end of a scope.
class held_lock {
public:
  held_lock(lockable& from, std::string key)
    : from_(&from), holder_(from.this_owner()), key_(std::move(key)) {
    // nop
  }

  held_lock(lockable& from, std::string key, lockable::owner holder)
    : from_(&from), holder_(holder), key_(std::move(key)) {
    // nop
  }

  held_lock(held_lock&& other) noexcept
    : from_(std::exchange(other.from_, nullptr)),
      holder_(other.holder_),
      key_(std::move(other.key_)) {
    // nop
  }

  held_lock& operator=(held_lock&&) = delete;

  ~held_lock() {
    if (from_ != nullptr)
      from_->unlock(key_, holder_);
  }

private:
  lockable* from_;
  lockable::owner holder_;
  std::string key_;
};

} // namespace actor_cache
