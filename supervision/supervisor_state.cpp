#include "supervisor_state.hpp"

#include "actor_cache/errc.hpp"

#include <caf/actor_clock.hpp>
#include <caf/exit_reason.hpp>
#include <caf/system_messages.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace actor_cache::detail {

supervisor_state::supervisor_state(caf::event_based_actor* self,
                                   std::vector<child> children,
                                   supervisor_options options)
  : self_(self),
    monitors_(self),
    children_(std::move(children)),
    intensity_(options.max_restarts, options.max_period) {
  set_exit_handler(self, [this](caf::exit_msg& msg) {
    shut_down(std::move(msg.reason));
  });
}

supervisor_state::~supervisor_state() {
  // Only where the supervisor was killed are there any left.
  for (auto i = children_.rbegin(); i != children_.rend(); ++i)
    stop(*i);
}

caf::behavior supervisor_state::make_behavior() {
  for (auto& x : children_)
    watch(x);
  return {
    [this](caf::tick_atom, const std::string& id) { kill_late(id); },
    [this](list_caches) { return caches(); },
  };
}

std::set<std::string> supervisor_state::caches() const {
  std::set<std::string> result;
  for (const auto& x : children_)
    if (const auto* cache = std::get_if<cache_spec>(&x.spec().what))
      result.insert(cache->name);
  return result;
}

void supervisor_state::watch(child& which) {
  monitors_.watch(which.actor(),
                  [this, id = which.spec().id](const caf::error& reason) {
                    ended(id, reason);
                  });
}

void supervisor_state::ended(const std::string& id, const caf::error& reason) {
  auto has_id = [&](const child& x) { return x.spec().id == id; };
  auto i = std::find_if(children_.begin(), children_.end(), has_id);
  if (i == children_.end())
    return;
  if (!ending_) {
    restart(*i, reason);
    return;
  }
  stop(*i);
  children_.erase(i);
  stop_last();
}

void supervisor_state::restart(child& which, const caf::error& reason) {
  auto id = which.spec().id;
  auto give_up = [&](std::string why) {
    shut_down(
      make_error(errc::child_failed, fmt::format("child '{}' {}", id, why)));
  };
  if (!intensity_.note(self_->clock().now())) {
    give_up(fmt::format("ended too often; the last time with: {}",
                        to_string(reason)));
    return;
  }
  if (auto err = which.restart(self_->home_system()); !err.empty())
    give_up(fmt::format("could not be started again: {}", to_string(err)));
  else
    watch(which);
}

void supervisor_state::shut_down(caf::error reason) {
  if (ending_)
    return;
  ending_ = std::move(reason);
  stop_last();
}

void supervisor_state::stop_last() {
  if (children_.empty()) {
    self_->quit(*ending_);
    return;
  }
  auto& last = children_.back();
  // An actor that has ended already is reported at once.
  watch(last);
  stop(last);
  if (last.spec().shutdown_timeout != timespan::max())
    detail::delayed_send(self_, caf::actor{self_}, last.spec().shutdown_timeout,
                         caf::tick_atom_v, last.spec().id);
}

void supervisor_state::stop(child& which) {
  auto lost = which.stop(self_->home_system());
  if (lost.empty())
    return;
  // The first loss is what the supervisor ends with.
  if (!ending_ || ending_->category() != caf::type_id_v<errc>)
    ending_ = std::move(lost);
}

void supervisor_state::kill_late(const std::string& id) {
  if (ending_ && !children_.empty() && children_.back().spec().id == id)
    children_.back().kill();
}

} // namespace actor_cache::detail
