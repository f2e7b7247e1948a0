#include "cache_actor_state.hpp"

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/errc.hpp"

#include "engine_call.hpp"
#include "forwarding_actor.hpp"
#include "place.hpp"
#include "sandbox_front.hpp"
#include "served_actor.hpp"
#include "suspending_cache_actor.hpp"

#include <caf/actor_cast.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace actor_cache::detail {

namespace {

/// The events of a call that is answered some time later.
class open_span {
public:
  open_span(engine& target, std::string_view operation, std::string key)
    : key_(std::move(key)), span_(target, {operation, key_}) {
    // nop
  }

  call_span* operator->() noexcept {
    return &span_;
  }

private:
  const std::string key_;
  call_span span_;
};

template <class T>
caf::result<T> to_result(caf::expected<T> x) {
  if (!x)
    return std::move(x.error());
  if constexpr (std::is_void_v<T>)
    return caf::unit;
  else
    return std::move(*x);
}

template <class T>
void deliver(caf::typed_response_promise<T>& promise, caf::expected<T> x) {
  if (!x)
    promise.deliver(std::move(x.error()));
  else if constexpr (std::is_void_v<T>)
    promise.deliver();
  else
    promise.deliver(std::move(*x));
}

} // namespace

cache_actor_state::cache_actor_state(cache_actor_base::pointer self,
                                     engine_ptr engine,
                                     std::shared_ptr<fiber_pool> jobs)
  : self_(self),
    engine_(std::move(engine)),
    jobs_(std::move(jobs)),
    monitors_(self) {
  // nop
}

cache_actor_state::~cache_actor_state() {
  if (jobs_)
    jobs_->close();
  if (auto at = engine_->where())
    (*at)->leave(self_->address());
}

cache_actor_base::behavior_type cache_actor_state::make_behavior() {
  schedule_tick(*engine_, cache_actor_base{self_});
  return make_behavior(joined<simple_ops, capability_ops>::type{});
}

template <class... Ops>
cache_actor_base::behavior_type
cache_actor_state::make_behavior(op_list<Ops...>) {
  return {
    [this](Ops& op) { return answer(op); }...,
    [this](msg::acquire& request) { return acquire(request); },
    [this](const msg::await_load& request) { return await_load(request); },
    [this](caf::tick_atom) { tick(); },
    [this](landed& what) { settle(what); },
    [](const call_threw& what) { throw std::runtime_error{what.what}; },
  };
}

template <class Op>
caf::result<typename Op::result> cache_actor_state::answer(Op& op) {
  if constexpr (is_one_of<Op, ending_ops>)
    end_lease(op.lease);
  if (jobs_)
    return suspending_cache_actor::answer(self_, op);
  if constexpr (waits_always<Op>)
    if (!engine_->traits().may_wait)
      return answer_elsewhere(op);
  return to_result(call(*engine_, op));
}

template <class Op>
caf::result<typename Op::result> cache_actor_state::answer_elsewhere(Op& op) {
  auto work = [engine = engine_](caf::event_based_actor* self) {
    return caf::behavior{[self, engine](Op& op) {
      self->quit();
      return to_result(call(*engine, op));
    }};
  };
  auto worker = self_->spawn<caf::detached + caf::hidden>(std::move(work));
  return delegate(self_, caf::actor_cast<served_actor>(worker), std::move(op));
}

template <class F>
void cache_actor_state::run(F job) {
  if (!jobs_) {
    job();
    return;
  }
  jobs_->run([job = std::move(job), self = cache_actor_base{self_}]() mutable {
    try {
      job();
    } catch (...) {
      detail::anon_send(self,
                        call_threw{message_of(current_exception_error())});
    }
  });
}

uint64_t cache_actor_state::owe(std::function<void(caf::expected<lease>)> pay) {
  debts_.emplace(++last_debt_, std::move(pay));
  return last_debt_;
}

std::function<void(const caf::expected<lease>&)>
cache_actor_state::payer_of(uint64_t debt) {
  return [debt, hdl = cache_actor_base{self_}](const caf::expected<lease>& x) {
    detail::anon_send(hdl,
                      x ? landed{debt, *x, {}} : landed{debt, {}, x.error()});
  };
}

caf::result<lease> cache_actor_state::acquire(msg::acquire& request) {
  auto asker = self_->current_sender(); // the promise takes it
  auto promise = self_->make_response_promise<lease>();
  auto span = std::shared_ptr<open_span>{};
  if (engine_->watched())
    span = std::make_shared<open_span>(*engine_, "get_or_create", request.key);
  auto debt = owe([this, asker, promise, span](caf::expected<lease> x) mutable {
    if (span != nullptr)
      (*span)->stop(0, x ? nullptr : &x.error());
    else if (!x)
      engine_->count_error(x.error());
    if (x && x->id != 0)
      watch_owner(asker, x->id);
    deliver(promise, std::move(x));
  });
  auto begin = [engine = engine_, request = std::move(request), debt,
                whom = asker != nullptr ? fmt::format("actor {}", asker->id())
                                        : std::string{},
                self = cache_actor_base{self_},
                later = payer_of(debt)](auto pay_now) {
    // The load that the asker has to wait for may end on any thread.
    if (auto now = engine->acquire(request.key, request.options, whom, later))
      pay_now(std::move(*now));
    else
      detail::delayed_anon_send(
        self, request.options.wait_timeout,
        landed{
          debt, {}, engine->waited_too_long(request.key, request.options)});
  };
  if (!jobs_) {
    begin([&](caf::expected<lease> x) { pay(debt, std::move(x)); });
    return promise;
  }
  run([begin, later = payer_of(debt)] {
    try {
      begin(later);
    } catch (...) {
      later(current_exception_error());
      throw;
    }
  });
  return promise;
}

caf::result<term>
cache_actor_state::await_load(const msg::await_load& request) {
  auto promise = self_->make_response_promise<term>();
  auto debt = owe([promise](caf::expected<lease> x) mutable {
    if (x)
      promise.deliver(std::move(*x->value));
    else
      promise.deliver(std::move(x.error()));
  });
  engine_->await_load(request.lease, payer_of(debt));
  return promise;
}

void cache_actor_state::settle(landed& what) {
  if (what.failure.empty())
    pay(what.promise, std::move(what.value));
  else
    pay(what.promise, std::move(what.failure));
}

void cache_actor_state::pay(uint64_t debt, caf::expected<lease> x) {
  if (auto found = debts_.extract(debt))
    found.mapped()(std::move(x));
}

void cache_actor_state::watch_owner(const caf::strong_actor_ptr& owner,
                                    uint64_t lease) {
  if (owner == nullptr) {
    // Nobody will get the answer, so nobody would load.
    run([engine = engine_, lease] { engine->revoke(lease); });
    return;
  }
  leases_.emplace(lease, owner);
  monitors_.watch(owner, [this, owner](const caf::error&) {
    for (auto i = leases_.begin(); i != leases_.end();) {
      if (i->second != owner) {
        ++i;
        continue;
      }
      run([engine = engine_, lease = i->first] { engine->revoke(lease); });
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
  run([engine = engine_, self = cache_actor_base{self_}] {
    // Other mail has its turn between two sweeps.
    if (engine->sweep())
      detail::anon_send(self, caf::tick_atom_v);
    else
      schedule_tick(*engine, self);
  });
}

void cache_actor_state::schedule_tick(const engine& of,
                                      const cache_actor_base& self) {
  auto interval = of.spec().sweep_interval;
  if (interval != timespan::max())
    detail::delayed_anon_send(self, interval, caf::tick_atom_v);
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
  auto traits = engine->traits();
  if (traits.suspends)
    return suspending_cache_actor::spawn(system, engine);
  using impl = cache_actor_base::stateful_impl<cache_actor_state>;
  if (traits.may_wait)
    return system.spawn<impl, caf::hidden + caf::detached>(engine, nullptr);
  return system.spawn<impl, caf::hidden>(engine, nullptr);
}

} // namespace

caf::strong_actor_ptr spawn_cache_actor(caf::actor_system& system,
                                        const engine_ptr& engine) {
  auto hdl = engine->front() != nullptr ? spawn_front(system, engine)
                                        : spawn_plain(system, engine);
  return caf::actor_cast<caf::strong_actor_ptr>(hdl);
}

} // namespace actor_cache::detail
