#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/fiber_pool.hpp"
#include "actor_cache/detail/signals.hpp"

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
                                              caf::result<void>(call_threw)>;

/// The state of a cache actor: the engine, the leases it has granted, and the
/// answers it owes. Where calls of the store block, such an actor has a thread
/// of its own.
class cache_actor_state {
public:
  /// @param jobs where calls of the store are to run, if they suspend
  cache_actor_state(cache_actor_base::pointer self, engine_ptr engine,
                    std::shared_ptr<fiber_pool> jobs);

  ~cache_actor_state();

  cache_actor_base::behavior_type make_behavior();

private:
  template <class... Ops>
  cache_actor_base::behavior_type make_behavior(op_list<Ops...>);

  /// Makes a call of the engine, now or, where the store may wait, as a job.
  template <class Op>
  caf::result<typename Op::result> answer(Op& op);

  /// Has a thread of its own answer, since this one must not wait.
  template <class Op>
  caf::result<typename Op::result> answer_elsewhere(Op& op);

  /// Runs what calls the engine without an answer.
  template <class F>
  void run(F job);

  caf::result<lease> acquire(msg::acquire& request);

  caf::result<term> await_load(const msg::await_load& request);

  /// Notes that an answer is owed; `pay` is called once, in this actor.
  uint64_t owe(std::function<void(caf::expected<lease>)> pay);

  /// Returns a function for any thread that makes this actor pay.
  std::function<void(const caf::expected<lease>&)> payer_of(uint64_t debt);

  void settle(landed& what);

  void pay(uint64_t debt, caf::expected<lease> x);

  void watch_owner(const caf::strong_actor_ptr& owner, uint64_t lease);

  void end_lease(uint64_t lease);

  void tick();

  static void schedule_tick(const engine& of, const cache_actor_base& self);

  cache_actor_base::pointer self_;
  engine_ptr engine_;
  std::shared_ptr<fiber_pool> jobs_;
  monitors<cache_actor_base::impl> monitors_;
  std::map<uint64_t, std::function<void(caf::expected<lease>)>> debts_;
  uint64_t last_debt_ = 0;
  std::map<uint64_t, caf::strong_actor_ptr> leases_;
};

/// Starts an actor for a cache.
caf::strong_actor_ptr spawn_cache_actor(caf::actor_system& system,
                                        const engine_ptr& engine);

} // namespace actor_cache::detail
