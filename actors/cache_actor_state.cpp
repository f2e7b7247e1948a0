#include "cache_actor_state.hpp"

#include "forwarding_actor.hpp"
#include "place.hpp"
#include "sandbox_front.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace actor_cache::detail {

namespace {

template <class Op>
auto call(engine& target, const Op& op) {
  return std::apply(
    [&](const auto&... xs) { return (target.*Op::method)(op.*xs.member...); },
    Op::fields);
}

template <class T>
caf::result<T> to_result(caf::expected<T> x) {
  if (!x)
    return std::move(x.error());
  if constexpr (std::is_void_v<T>)
    return caf::unit;
  else
    return std::move(*x);
}

} // namespace

cache_actor_state::cache_actor_state(cache_actor_base::pointer self,
                                     engine_ptr engine)
  : self_(self), engine_(std::move(engine)), monitors_(self) {
  // nop
}

cache_actor_state::~cache_actor_state() {
  if (auto at = engine_->where())
    (*at)->leave(self_->address());
}

cache_actor_base::behavior_type cache_actor_state::make_behavior() {
  schedule_tick();
  return make_behavior(simple_ops{});
}

template <class... Ops>
cache_actor_base::behavior_type
cache_actor_state::make_behavior(op_list<Ops...>) {
  return {
    [this](const Ops& op) -> caf::result<typename Ops::result> {
      if constexpr (std::is_same_v<Ops, msg::fulfil>
                    || std::is_same_v<Ops, msg::abandon>)
        end_lease(op.lease);
      return to_result(call(*engine_, op));
    }...,
    [this](msg::acquire& request) { return acquire(request); },
    [this](const msg::await_load& request) { return await_load(request); },
    [this](caf::tick_atom) { tick(); },
    [this](landed& what) { settle(what); },
  };
}

std::function<void(caf::expected<lease>)>
cache_actor_state::owe(std::function<void(caf::expected<lease>)> pay) {
  debts_.emplace(++last_debt_, std::move(pay));
  return [id = last_debt_,
          hdl = cache_actor_base{self_}](const caf::expected<lease>& x) {
    detail::anon_send(hdl, x ? landed{id, *x, {}} : landed{id, {}, x.error()});
  };
}

caf::result<lease> cache_actor_state::acquire(msg::acquire& request) {
  auto asker = self_->current_sender(); // the promise takes it
  auto promise = self_->make_response_promise<lease>();
  auto later = owe([promise](caf::expected<lease> x) mutable {
    promise.deliver(std::move(x));
  });
  auto debt = last_debt_;
  // The load that the asker has to wait for may end on any thread.
  auto now = engine_->acquire(request.key, request.options, std::move(later));
  if (now) {
    if (*now && (*now)->id != 0)
      watch_owner(asker, (*now)->id);
    debts_.extract(debt).mapped()(std::move(*now));
  } else {
    detail::delayed_send(
      self_, cache_actor_base{self_}, request.options.wait_timeout,
      landed{debt, {}, engine_->waited_too_long(request.key, request.options)});
  }
  return promise;
}

caf::result<term>
cache_actor_state::await_load(const msg::await_load& request) {
  auto promise = self_->make_response_promise<term>();
  auto later = owe([promise](caf::expected<lease> x) mutable {
    if (x)
      promise.deliver(std::move(*x->value));
    else
      promise.deliver(std::move(x.error()));
  });
  engine_->await_load(request.lease, std::move(later));
  return promise;
}

void cache_actor_state::settle(landed& what) {
  auto found = debts_.extract(what.promise);
  if (found.empty())
    return;
  if (what.failure.empty())
    found.mapped()(std::move(what.value));
  else
    found.mapped()(std::move(what.failure));
}

void cache_actor_state::watch_owner(const caf::strong_actor_ptr& owner,
                                    uint64_t lease) {
  if (owner == nullptr) {
    // Nobody will get the answer, so nobody would load.
    engine_->revoke(lease);
    return;
  }
  leases_.emplace(lease, owner);
  monitors_.watch(owner, [this, owner](const caf::error&) {
    for (auto i = leases_.begin(); i != leases_.end();) {
      if (i->second != owner) {
        ++i;
        continue;
      }
      engine_->revoke(i->first);
      i = leases_.erase(i);
    }
  });
}

void cache_actor_state::end_lease(uint64_t lease) {
  auto found = leases_.extract(lease);
  if (found.empty())
    return;
  auto& owner = found.mapped();
  auto same_owner = [&](const auto& x) { return x.second == owner; };
  if (std::none_of(leases_.begin(), leases_.end(), same_owner))
    monitors_.unwatch(owner);
}

void cache_actor_state::tick() {
  // Other mail has its turn between two sweeps.
  if (engine_->sweep())
    detail::anon_send(cache_actor_base{self_}, caf::tick_atom_v);
  else
    schedule_tick();
}

void cache_actor_state::schedule_tick() {
  auto interval = engine_->spec().sweep_interval;
  if (interval != timespan::max())
    detail::delayed_send(self_, cache_actor_base{self_}, interval,
                         caf::tick_atom_v);
}

namespace {

/// Spawns the actor of a sandboxed cache: each sender has one of its own behind
/// it.
cache_actor spawn_front(caf::actor_system& system, const engine_ptr& engine) {
  return spawn_forwarding_actor(system, [engine](
                                          const caf::strong_actor_ptr& sender) {
    return engine->front()->actor_for(*engine, sender);
  });
}

cache_actor spawn_plain(caf::actor_system& system, const engine_ptr& engine) {
  using impl = cache_actor_base::stateful_impl<cache_actor_state>;
  return system.spawn<impl, caf::hidden>(engine);
}

} // namespace

caf::strong_actor_ptr spawn_cache_actor(caf::actor_system& system,
                                        const engine_ptr& engine) {
  auto hdl = engine->front() != nullptr ? spawn_front(system, engine)
                                        : spawn_plain(system, engine);
  return caf::actor_cast<caf::strong_actor_ptr>(hdl);
}

} // namespace actor_cache::detail
