#include "forwarding_actor.hpp"

#include "served_actor.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace actor_cache::detail {

namespace {

class forwarding_state {
public:
  forwarding_state(served_actor::pointer self, forwarding_target target)
    : self_(self), target_(std::move(target)) {
    // nop
  }

  served_actor::behavior_type make_behavior() {
    return make_behavior(served_ops{});
  }

private:
  template <class... Ops>
  served_actor::behavior_type make_behavior(op_list<Ops...>) {
    return {
      [this](Ops& op) { return forward(op); }...,
    };
  }

  template <class Op>
  caf::result<typename Op::result> forward(Op& op) {
    auto hdl = target_(self_->current_sender());
    if (!hdl)
      return std::move(hdl.error());
    return delegate(self_, caf::actor_cast<served_actor>(*hdl), std::move(op));
  }

  served_actor::pointer self_;
  forwarding_target target_;
};

} // namespace

cache_actor spawn_forwarding_actor(caf::actor_system& system,
                                   forwarding_target target) {
  using impl = served_actor::stateful_impl<forwarding_state>;
  return system.spawn<impl, caf::hidden>(std::move(target));
}

} // namespace actor_cache::detail
