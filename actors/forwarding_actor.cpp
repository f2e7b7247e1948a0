#include "forwarding_actor.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace actor_cache::detail {

namespace {

class forwarding_state {
public:
  forwarding_state(cache_actor::pointer self, forwarding_target target)
    : self_(self), target_(std::move(target)) {
    // nop
  }

  cache_actor::behavior_type make_behavior() {
    return make_behavior(all_ops{});
  }

private:
  template <class... Ops>
  cache_actor::behavior_type make_behavior(op_list<Ops...>) {
    return {
      [this](Ops& op) { return forward(op); }...,
    };
  }

  template <class Op>
  caf::result<typename Op::result> forward(Op& op) {
    auto hdl = target_(self_->current_sender());
    if (!hdl)
      return std::move(hdl.error());
    return delegate(self_, caf::actor_cast<cache_actor>(*hdl), std::move(op));
  }

  cache_actor::pointer self_;
  forwarding_target target_;
};

} // namespace

cache_actor spawn_forwarding_actor(caf::actor_system& system,
                                   forwarding_target target) {
  using impl = cache_actor::stateful_impl<forwarding_state>;
  return system.spawn<impl, caf::hidden>(std::move(target));
}

} // namespace actor_cache::detail
