#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/signals.hpp"
#include "actor_cache/detail/strand.hpp"

#include "served_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/response_promise.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <memory>

namespace actor_cache::detail {

/// What a cache actor answers beyond its public interface.
using cache_actor_base = served_actor::extend<caf::result<void>(caf::tick_atom),
                                              caf::result<void>(landed),
                                              caf::result<void>(jobs_ready)>;

/// The state of a cache actor: the engine, the leases it has granted, and the
/// answers it owes. Where the store may wait, such an actor has a thread of its
/// own, and each call that waits gives it to the next one.
class cache_actor_state {
public:
  cache_actor_state(cache_actor_base::pointer self, engine_ptr engine);

  ~cache_actor_state();

  cache_actor_base::behavior_type make_behavior();

private:
  template <class... Ops>
  cache_actor_base::behavior_type make_behavior(op_list<Ops...>);

  /// Makes a call of the engine, now or, where the store may wait, as a job.
  template <class Op>
  caf::result<typename Op::result> answer(Op& op);

  /// Runs what calls the engine without an answer.
  template <class F>
  void run(F job);

  caf::result<lease> acquire(msg::acquire& request);

  void acquire(const caf::strong_actor_ptr& asker, const msg::acquire& request,
               caf::typed_response_promise<lease> promise);

  caf::result<term> await_load(const msg::await_load& request);

  /// Notes that an answer is owed; `pay` is called once, in this actor.
  /// @returns a function for any thread that makes the actor pay
  std::function<void(caf::expected<lease>)>
  owe(std::function<void(caf::expected<lease>)> pay);

  void settle(landed& what);

  void watch_owner(const caf::strong_actor_ptr& owner, uint64_t lease);

  void end_lease(uint64_t lease);

  void tick();

  void schedule_tick();

  cache_actor_base::pointer self_;
  engine_ptr engine_;
  std::shared_ptr<strand> strand_;
  monitors<cache_actor_base::impl> monitors_;
  std::map<uint64_t, std::function<void(caf::expected<lease>)>> debts_;
  uint64_t last_debt_ = 0;
  std::map<uint64_t, caf::strong_actor_ptr> leases_;
};

/// Starts an actor for a cache.
caf::strong_actor_ptr spawn_cache_actor(caf::actor_system& system,
                                        const engine_ptr& engine);

} // namespace actor_cache::detail
