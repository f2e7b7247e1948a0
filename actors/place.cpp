#include "place.hpp"

#include "actor_cache/detail/signals.hpp"
#include "actor_cache/errc.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_config.hpp>
#include <caf/make_actor.hpp>

#include <fmt/format.h>

#include <utility>

namespace actor_cache::detail {

/// Forwards each message on its sender's thread: no mailbox of its own, no
/// context switch.
class place::stand_in : public forwarding_actor {
public:
  stand_in(caf::actor_config& config, place_ptr at, timespan patience)
    : forwarding_actor(config), at_(std::move(at)), patience_(patience) {
    // nop
  }

  const char* name() const override {
    return "actor_cache.address";
  }

  bool enqueue(caf::mailbox_element_ptr mail,
               delivery_context* context) override {
    if (mail->sender == nullptr
        && mail->payload.match_elements<parked_mail>()) {
      at_->expire();
      return true;
    }
    return at_->deliver(std::move(mail), context, *this);
  }

  timespan patience() const noexcept {
    return patience_;
  }

  /// For CAF.
  void setup_metrics() {
    // nop
  }

private:
  const place_ptr at_;
  const timespan patience_;
};

place::place(caf::actor_system& system, std::string what)
  : system_(system), what_(std::move(what)) {
  // nop
}

void place::fill(const caf::strong_actor_ptr& hdl) {
  closed_ = false;
  // What has waited comes before what is sent from now on.
  while (!fill_if_idle(hdl))
    for (auto& x : take_parked())
      hdl->enqueue(std::move(x.mail), nullptr);
  filled_.notify_all();
  hdl->get()->attach_functor(
    [self = weak_from_this(), addr = caf::actor_cast<caf::actor_addr>(hdl)] {
      if (auto at = self.lock())
        at->leave(addr);
    });
}

bool place::filled() const {
  return actor_ != nullptr && !has_ended(*actor_->get());
}

bool place::fill_if_idle(const caf::strong_actor_ptr& hdl) {
  caf::strong_actor_ptr old; // released without the lock: it may end an actor
  std::lock_guard guard{mtx_};
  if (!parked_.empty())
    return false;
  old = std::exchange(actor_, hdl);
  return true;
}

std::list<place::parked> place::take_parked() {
  std::lock_guard guard{mtx_};
  return std::exchange(parked_, {});
}

void place::leave(const caf::actor_addr& whom) {
  caf::strong_actor_ptr old;
  std::lock_guard guard{mtx_};
  if (actor_ != nullptr && actor_->address() == whom)
    old.swap(actor_);
}

void place::clear() {
  caf::strong_actor_ptr old;
  std::lock_guard guard{mtx_};
  old.swap(actor_);
}

void place::close() {
  closed_ = true;
  clear();
  filled_.notify_all();
  for (auto& x : take_parked())
    bounce(std::move(x.mail), reason());
}

caf::error place::reason() const {
  return make_error(errc::cache_not_running,
                    fmt::format("{} {}", what_,
                                closed_ ? "was stopped; start it again under a "
                                          "supervisor and take a new handle"
                                        : "is being restarted"));
}

caf::expected<caf::strong_actor_ptr> place::actor() const {
  return actor(timespan{0});
}

caf::expected<caf::strong_actor_ptr> place::actor(timespan patience) const {
  std::unique_lock guard{mtx_};
  auto settled = [&] { return filled() || closed_; };
  if (patience > timespan{0})
    filled_.wait_for(guard, patience, settled);
  if (!filled())
    return reason();
  return actor_;
}

// -- mail ---------------------------------------------------------------------

caf::actor place::address(timespan patience) {
  auto make = [&] {
    caf::actor_config config;
    return caf::make_actor<stand_in, caf::actor>(system_.next_actor_id(),
                                                 system_.node(), &system_,
                                                 config, shared_from_this(),
                                                 patience);
  };
  if (patience > timespan{0})
    return make();
  std::lock_guard guard{mtx_};
  if (auto known = caf::actor_cast<caf::strong_actor_ptr>(address_))
    return caf::actor_cast<caf::actor>(known);
  auto result = make();
  address_ = caf::actor_cast<caf::weak_actor_ptr>(result);
  return result;
}

bool place::deliver(caf::mailbox_element_ptr mail, delivery_context* context,
                    const stand_in& from) {
  caf::strong_actor_ptr to;
  auto waits = false;
  {
    std::lock_guard guard{mtx_};
    if (filled())
      to = actor_;
    waits = to == nullptr && !closed_ && from.patience() > timespan{0};
    if (waits)
      park(std::move(mail), from);
  }
  if (to != nullptr)
    return to->enqueue(std::move(mail), context);
  if (!waits)
    bounce(std::move(mail), reason());
  return true;
}

void place::park(caf::mailbox_element_ptr mail, const stand_in& from) {
  auto until = later(system_.clock().now(), from.patience());
  parked_.push_back({until, std::move(mail)});
  detail::delayed_anon_send(caf::actor_cast<caf::actor>(from.ctrl()),
                            from.patience(), parked_mail{});
}

void place::expire() {
  decltype(parked_) over;
  {
    std::lock_guard guard{mtx_};
    auto now = system_.clock().now();
    for (auto i = parked_.begin(); i != parked_.end();) {
      auto next = std::next(i);
      if (i->until <= now)
        over.splice(over.end(), parked_, i);
      i = next;
    }
  }
  for (auto& x : over)
    bounce(std::move(x.mail), reason());
}

} // namespace actor_cache::detail
