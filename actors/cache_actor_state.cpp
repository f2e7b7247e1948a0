#include "cache_actor_state.hpp"

#include "actor_cache/detail/ask_engine.hpp"

#include "forwarding_actor.hpp"
#include "place.hpp"
#include "sandbox_front.hpp"

#include <caf/stateful_actor.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace actor_cache::detail {

namespace {

/// The messages that end what `msg::acquire` has begun: no calls of their own
/// to telemetry.
using ending_ops = op_list<msg::fulfil, msg::abandon>;

template <class Op>
std::string_view key_in(const Op& op) {
  if constexpr (requires { op.key; })
    return op.key;
  else
    return {};
}

template <class Op>
auto call(engine& target, const Op& op) {
  if constexpr (capability_message<Op>) {
    return perform_observed(target, op);
  } else {
    auto run = [&] {
      return std::apply(
        [&](const auto&... xs) {
          return (target.*Op::method)(op.*xs.member...);
        },
        Op::fields);
    };
    if constexpr (!is_one_of<Op, ending_ops>) {
      return observed_as<Op>(target, key_in(op), run);
    } else {
      auto result = run();
      if (!result)
        target.report_error("get_or_create", result.error());
      return result;
    }
  }
}

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
                                     engine_ptr engine)
  : self_(self), engine_(std::move(engine)), monitors_(self) {
  if (engine_->traits().may_wait)
    strand_ = std::make_shared<strand>(
      [hdl = caf::actor_cast<caf::weak_actor_ptr>(self)] {
        if (auto strong = caf::actor_cast<cache_actor_base>(hdl))
          detail::anon_send(strong, jobs_ready{});
      });
}

cache_actor_state::~cache_actor_state() {
  if (strand_)
    strand_->close();
  if (auto at = engine_->where())
    (*at)->leave(self_->address());
}

cache_actor_base::behavior_type cache_actor_state::make_behavior() {
  schedule_tick();
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
    [this](jobs_ready) { strand_->run_ready(); },
  };
}

template <class Op>
caf::result<typename Op::result> cache_actor_state::answer(Op& op) {
  if constexpr (std::is_same_v<Op, msg::fulfil>
                || std::is_same_v<Op, msg::abandon>)
    end_lease(op.lease);
  if (!strand_)
    return to_result(call(*engine_, op));
  auto promise = self_->make_response_promise<typename Op::result>();
  strand_->run([this, op = std::move(op), promise]() mutable {
    deliver(promise, call(*engine_, op));
  });
  return promise;
}

template <class F>
void cache_actor_state::run(F job) {
  if (strand_)
    strand_->run(std::move(job));
  else
    job();
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
  run([this, asker, request = std::move(request), promise] {
    acquire(asker, request, promise);
  });
  return promise;
}

void cache_actor_state::acquire(const caf::strong_actor_ptr& asker,
                                const msg::acquire& request,
                                caf::typed_response_promise<lease> promise) {
  auto span = std::shared_ptr<open_span>{};
  if (engine_->watched())
    span = std::make_shared<open_span>(*engine_, "get_or_create", request.key);
  auto pay = [this, promise, span](caf::expected<lease> x) mutable {
    if (span != nullptr)
      (*span)->stop(0, x ? nullptr : &x.error());
    else if (!x)
      engine_->count_error(x.error());
    deliver(promise, std::move(x));
  };
  auto later = owe(std::move(pay));
  auto debt = last_debt_;
  auto whom = asker != nullptr ? fmt::format("actor {}", asker->id())
                               : std::string{};
  // The load that the asker has to wait for may end on any thread.
  auto now = engine_->acquire(request.key, request.options, whom,
                              std::move(later));
  if (now) {
    if (*now && (*now)->id != 0)
      watch_owner(asker, (*now)->id);
    debts_.extract(debt).mapped()(std::move(*now));
  } else {
    detail::delayed_send(
      self_, cache_actor_base{self_}, request.options.wait_timeout,
      landed{debt, {}, engine_->waited_too_long(request.key, request.options)});
  }
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
    run([this, lease] { engine_->revoke(lease); });
    return;
  }
  leases_.emplace(lease, owner);
  monitors_.watch(owner, [this, owner](const caf::error&) {
    for (auto i = leases_.begin(); i != leases_.end();) {
      if (i->second != owner) {
        ++i;
        continue;
      }
      run([this, lease = i->first] { engine_->revoke(lease); });
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
  run([this] {
    // Other mail has its turn between two sweeps.
    if (engine_->sweep())
      detail::anon_send(cache_actor_base{self_}, caf::tick_atom_v);
    else
      schedule_tick();
  });
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
  if (engine->traits().may_wait)
    return system.spawn<impl, caf::hidden + caf::detached>(engine);
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
