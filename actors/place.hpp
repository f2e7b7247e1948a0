#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/types.hpp"

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/mailbox_element.hpp>

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace actor_cache::detail {

/// The place of one child, which one actor after the other fills.
///
/// Thread safety: all members may be called at the same time.
class place : public std::enable_shared_from_this<place> {
public:
  /// @param what how errors call the child, e.g. "cache 'users'"
  place(caf::actor_system& system, std::string what);

  /// Lets `hdl` fill the place and gives it the mail that waits; with its end
  /// the place is empty again.
  void fill(const caf::strong_actor_ptr& hdl);

  /// Tells that `whom` is about to end. An actor that says so itself spares
  /// its senders the mail that it would not read any more.
  void leave(const caf::actor_addr& whom);

  /// Tells that nobody fills the place for now.
  void clear();

  /// Tells that nobody will fill the place soon: mail does not wait any more.
  void close();

  /// Returns the actor that fills the place now.
  /// @returns `errc::cache_not_running`
  caf::expected<caf::strong_actor_ptr> actor() const;

  /// As `actor`, but blocks until there is one, for `patience` at most.
  caf::expected<caf::strong_actor_ptr> actor(timespan patience) const;

  /// Returns an actor that stands for whichever fills the place. Its mail waits
  /// for up to `patience` while nobody does; requests are answered with
  /// `errc::cache_not_running` then.
  caf::actor address(timespan patience);

private:
  class stand_in;

  struct parked {
    time_point until;
    caf::mailbox_element_ptr mail;
  };

  /// Whether somebody fills the place. Needs the lock.
  bool filled() const;

  bool fill_if_idle(const caf::strong_actor_ptr& hdl);

  std::list<parked> take_parked();

  bool deliver(caf::mailbox_element_ptr mail, delivery_context* context,
               const stand_in& from);

  void park(caf::mailbox_element_ptr mail, const stand_in& from);

  /// Answers the mail that has waited for long enough.
  void expire();

  caf::error reason() const;

  caf::actor_system& system_;
  const std::string what_;
  mutable std::mutex mtx_;
  mutable std::condition_variable filled_;
  caf::strong_actor_ptr actor_;
  std::atomic<bool> closed_ = false;
  std::list<parked> parked_;

  /// The stand-in without patience: all share it. It owns its place, so that
  /// the place must not own it.
  caf::weak_actor_ptr address_;
};

using place_ptr = std::shared_ptr<place>;

} // namespace actor_cache::detail
