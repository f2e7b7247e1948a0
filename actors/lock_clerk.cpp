#include "actor_cache/detail/lock_clerk.hpp"

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/errc.hpp"

#include <caf/event_based_actor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace actor_cache::detail {

namespace {

/// Waits for one lock in place of an actor.
class clerk : public std::enable_shared_from_this<clerk> {
public:
  clerk(caf::event_based_actor* self, engine_ref store, std::string key,
        timespan timeout)
    : self_(self),
      store_(std::move(store)),
      locks_(*store_->capability<lockable>()),
      owner_(locks_.new_owner()),
      key_(std::move(key)),
      timeout_(std::min<timespan>(timeout, std::chrono::hours{24 * 365})) {
    // nop
  }

  caf::result<lock_grant> wait() {
    promise_ = self_->make_response_promise<lock_grant>();
    caf::actor me{self_};
    locks_.lock_later(key_, owner_,
                      [me] { detail::anon_send(me, caf::ok_atom_v); });
    detail::delayed_send(self_, me, timeout_, caf::tick_atom_v);
    return promise_;
  }

  void take() {
    promise_.deliver(lock_grant{std::make_shared<lock_grant::content>(
      lock_grant::content{store_, owner_, held_lock{locks_, key_, owner_}})});
    self_->quit();
  }

  void stop_waiting() {
    if (!locks_.give_up(key_, owner_))
      return; // the lock is on its way
    promise_.deliver(
      make_error(errc::timeout,
                 fmt::format("the lock of key '{}' is held by another caller "
                             "still, after {}",
                             key_, render(timeout_))));
    self_->quit();
  }

private:
  caf::event_based_actor* self_;
  engine_ref store_;
  lockable& locks_;
  lockable::owner owner_;
  std::string key_;
  timespan timeout_;
  caf::typed_response_promise<lock_grant> promise_;
};

} // namespace

caf::actor spawn_lock_clerk(caf::actor_system& system, engine_ref store,
                            std::string key, timespan timeout) {
  return system.spawn<caf::hidden>(
    [store = std::move(store), key = std::move(key),
     timeout](caf::event_based_actor* self) -> caf::behavior {
      auto state = std::make_shared<clerk>(self, store, key, timeout);
      return {
        [state](caf::get_atom) { return state->wait(); },
        [state](caf::ok_atom) { state->take(); },
        [state](caf::tick_atom) { state->stop_waiting(); },
      };
    });
}

} // namespace actor_cache::detail
