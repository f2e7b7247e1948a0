#include "actor_cache/supervisor.hpp"

#include "actor_cache/errc.hpp"

#include "../actors/cache_registry.hpp"
#include "../actors/scheduler_thread.hpp"
#include "supervisor_state.hpp"
#include "validate.hpp"

#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include <future>
#include <memory>
#include <string_view>
#include <type_traits>

namespace actor_cache {

namespace {

caf::error refuse_call(std::string_view call) {
  if (!detail::on_scheduler_thread())
    return {};
  return make_error(errc::would_block,
                    fmt::format("{} waits, which would hold up the scheduler; "
                                "send the message of that name, or an exit "
                                "message to stop a supervisor",
                                call));
}

caf::error refuse_call(std::string_view call,
                       const supervisor_actor& supervisor) {
  if (!supervisor)
    return make_error(errc::invalid_argument,
                      fmt::format("{}: the handle is empty; accepted is what "
                                  "start_supervisor returned",
                                  call));
  return refuse_call(call);
}

caf::error translate(caf::error err) {
  if (err.category() == caf::type_id_v<errc>)
    return err;
  return make_error(errc::supervisor_not_running,
                    fmt::format("the supervisor has ended ({})",
                                to_string(err)));
}

/// Sends `op` and blocks until the answer is there.
template <class T, class Op>
caf::expected<T> ask(std::string_view call, caf::actor_system& system,
                     const supervisor_actor& supervisor, Op op) {
  if (auto err = refuse_call(call, supervisor); !err.empty())
    return err;
  caf::scoped_actor self{system, true};
  caf::expected<T> result{caf::error{}};
  auto failed = [&](caf::error& err) { result = translate(std::move(err)); };
  auto pending = detail::request(self.ptr(), supervisor, detail::no_timeout,
                                 std::move(op));
  if constexpr (std::is_void_v<T>)
    std::move(pending).receive([&] { result = caf::expected<void>{}; }, failed);
  else
    std::move(pending).receive([&](T& x) { result = std::move(x); }, failed);
  return result;
}

} // namespace

caf::expected<supervisor_actor>
start_supervisor(caf::actor_system& system, std::vector<child_spec> children,
                 supervisor_options options) {
  if (auto err = refuse_call("start_supervisor"); !err.empty())
    return err;
  supervisor_spec spec{std::move(children), std::move(options)};
  if (auto err = detail::validate(spec); !err.empty())
    return err;
  auto& registry = detail::cache_registry::of(system);
  auto path = registry.name_root(std::move(spec.options.name));
  if (!path)
    return std::move(path.error());
  spec.options.name = *path;
  auto result = detail::spawn_supervisor(system, std::move(spec), {},
                                         std::move(*path));
  if (result)
    registry.keep(caf::actor_cast<caf::actor>(*result));
  return result;
}

caf::expected<void> stop_supervisor(caf::actor_system&,
                                    const supervisor_actor& supervisor) {
  if (auto err = refuse_call("stop_supervisor", supervisor); !err.empty())
    return err;
  auto ended = std::make_shared<std::promise<caf::error>>();
  auto reason = ended->get_future();
  detail::when_gone(*caf::actor_cast<caf::abstract_actor*>(supervisor),
                    [ended](const caf::error& what) {
                      ended->set_value(what);
                    });
  auto already = reason.wait_for(std::chrono::seconds{0})
                 == std::future_status::ready;
  caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
  if (auto what = reason.get(); what.category() == caf::type_id_v<errc>)
    return what;
  if (already)
    return make_error(errc::supervisor_not_running,
                      "stop_supervisor: the supervisor has ended already");
  return {};
}

caf::expected<std::vector<child_info>>
which_children(caf::actor_system& system, const supervisor_actor& supervisor) {
  return ask<std::vector<child_info>>("which_children", system, supervisor,
                                      msg::which_children{});
}

caf::expected<child_counts> count_children(caf::actor_system& system,
                                           const supervisor_actor& supervisor) {
  return ask<child_counts>("count_children", system, supervisor,
                           msg::count_children{});
}

caf::expected<child_info> start_child(caf::actor_system& system,
                                      const supervisor_actor& supervisor,
                                      child_spec spec) {
  return ask<child_info>("start_child", system, supervisor,
                         msg::start_child{std::move(spec)});
}

caf::expected<void> terminate_child(caf::actor_system& system,
                                    const supervisor_actor& supervisor,
                                    std::string id) {
  return ask<void>("terminate_child", system, supervisor,
                   msg::terminate_child{std::move(id)});
}

caf::expected<child_info> restart_child(caf::actor_system& system,
                                        const supervisor_actor& supervisor,
                                        std::string id) {
  return ask<child_info>("restart_child", system, supervisor,
                         msg::restart_child{std::move(id)});
}

caf::expected<void> delete_child(caf::actor_system& system,
                                 const supervisor_actor& supervisor,
                                 std::string id) {
  return ask<void>("delete_child", system, supervisor,
                   msg::delete_child{std::move(id)});
}

} // namespace actor_cache
