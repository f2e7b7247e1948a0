#include "supervisor_state.hpp"

#include "actor_cache/errc.hpp"

#include <caf/actor_clock.hpp>
#include <caf/exit_reason.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>

#include <future>
#include <utility>

namespace actor_cache::detail {

namespace {

/// Returns what a handler has to return that answers through `promise` later.
template <class T>
auto reply_to(caf::typed_response_promise<T> promise) {
  return [promise](caf::expected<T> answer) mutable {
    if (answer)
      promise.deliver(std::move(*answer));
    else
      promise.deliver(std::move(answer.error()));
  };
}

auto reply_to(caf::typed_response_promise<void> promise) {
  return [promise](caf::error err) mutable {
    if (err.empty())
      promise.deliver();
    else
      promise.deliver(std::move(err));
  };
}

} // namespace

supervisor_state::supervisor_state(supervisor_base::pointer self,
                                   supervisor_spec spec,
                                   std::vector<caf::actor_addr> line,
                                   std::string path, on_start started)
  : self_(self),
    monitors_(self),
    spec_(std::move(spec)),
    around_{self->system(), std::move(line), std::move(path),
            [this](const caf::strong_actor_ptr& whom, uint64_t run) {
              monitors_.watch(whom, [this, run](const caf::error& reason) {
                core_.ended(run, reason);
              });
            }},
    started_(std::move(started)),
    since_(now()),
    random_(static_cast<std::minstd_rand::result_type>(self->id())),
    core_(*this, spec_.options) {
  around_.line.insert(around_.line.begin(), self->address());
  set_exit_handler(self, [this](caf::exit_msg& msg) {
    core_.shut_down(std::move(msg.reason));
  });
}

supervisor_state::~supervisor_state() {
  // Killed before it could tell.
  report_start(make_error(errc::supervisor_not_running,
                          "the supervisor ended before it had started"));
}

supervisor_base::behavior_type supervisor_state::make_behavior() {
  start();
  return {
    [this](msg::which_children) { return core_.which_children(); },
    [this](msg::count_children) { return core_.count_children(); },
    [this](msg::describe) { return describe(); },
    [this](const msg::start_child& x) { return start_child(x); },
    [this](const msg::terminate_child& x) { return terminate_child(x); },
    [this](const msg::restart_child& x) { return restart_child(x); },
    [this](const msg::delete_child& x) { return delete_child(x); },
    [this](caf::tick_atom) { core_.wake(); },
  };
}

void supervisor_state::start() {
  if (core_.start(std::exchange(spec_.children, {})).empty())
    report_start({});
}

void supervisor_state::report_start(caf::error err) {
  if (auto report = std::exchange(started_, nullptr))
    report(std::move(err));
}

// -- what the rules need ------------------------------------------------------

std::unique_ptr<process> supervisor_state::make(const child_spec& spec) {
  return make_process(around_, spec);
}

time_point supervisor_state::now() const {
  return self_->clock().now();
}

void supervisor_state::wake_at(time_point when) {
  detail::delayed_send(self_, supervisor_base{self_},
                       std::max(when - now(), timespan{0}), caf::tick_atom_v);
}

double supervisor_state::random() {
  return std::uniform_real_distribution<>{}(random_);
}

void supervisor_state::finished(caf::error reason) {
  report_start(reason);
  self_->quit(std::move(reason));
}

// -- what is asked ------------------------------------------------------------

caf::result<child_info>
supervisor_state::start_child(const msg::start_child& what) {
  if (what.spec == nullptr)
    return make_error(errc::invalid_argument,
                      "msg::start_child has no spec; accepted is a child_spec");
  auto promise = self_->make_response_promise<child_info>();
  core_.start_child(*what.spec, reply_to(promise));
  return promise;
}

caf::result<void>
supervisor_state::terminate_child(const msg::terminate_child& what) {
  auto promise = self_->make_response_promise<void>();
  core_.terminate_child(what.id, reply_to(promise));
  return promise;
}

caf::result<child_info>
supervisor_state::restart_child(const msg::restart_child& what) {
  auto promise = self_->make_response_promise<child_info>();
  core_.restart_child(what.id, reply_to(promise));
  return promise;
}

caf::result<void>
supervisor_state::delete_child(const msg::delete_child& what) {
  auto promise = self_->make_response_promise<void>();
  core_.delete_child(what.id, reply_to(promise));
  return promise;
}

supervisor_info supervisor_state::describe() const {
  const auto& options = spec_.options;
  return {options.name,          options.strategy,        options.max_restarts,
          options.max_period,    core_.recent_restarts(), now() - since_,
          core_.which_children()};
}

// -- start --------------------------------------------------------------------

caf::expected<supervisor_actor>
spawn_supervisor(caf::actor_system& system, supervisor_spec spec,
                 std::vector<caf::actor_addr> line, std::string path) {
  using impl = supervisor_base::stateful_impl<supervisor_state>;
  auto started = std::make_shared<std::promise<caf::error>>();
  auto result = started->get_future();
  auto hdl = system.spawn<impl, caf::hidden + caf::detached>(
    std::move(spec), std::move(line), std::move(path),
    supervisor_state::on_start{
      [started](caf::error err) { started->set_value(std::move(err)); }});
  if (auto err = result.get(); !err.empty())
    return err;
  return caf::actor_cast<supervisor_actor>(hdl);
}

} // namespace actor_cache::detail
