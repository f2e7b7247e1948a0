#include "actor_cache/supervisor.hpp"

#include "actor_cache/errc.hpp"

#include "../actors/cache_registry.hpp"
#include "../actors/scheduler_thread.hpp"
#include "supervisor_state.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <fmt/format.h>

#include <future>
#include <memory>
#include <set>

namespace actor_cache {

namespace {

caf::error require_unique(const std::vector<child_spec>& children) {
  std::set<std::string_view> ids;
  for (const auto& x : children) {
    if (x.id.empty() && !std::holds_alternative<cache_spec>(x.what))
      return make_error(errc::invalid_argument,
                        "child_spec::id is empty; accepted is any name that no "
                        "other child of the supervisor has");
    if (!ids.insert(x.id).second)
      return make_error(errc::name_taken,
                        fmt::format("two children are named '{}'; names must "
                                    "be unique among the children of a "
                                    "supervisor",
                                    x.id));
  }
  return {};
}

supervisor_actor spawn_supervisor(caf::actor_system& system,
                                  std::vector<detail::child> children,
                                  const supervisor_options& options) {
  using impl = caf::stateful_actor<detail::supervisor_state>;
  auto result = system.spawn<impl, caf::hidden>(std::move(children), options);
  detail::cache_registry::of(system).keep(result);
  return result;
}

} // namespace

caf::error supervisor_options::validate() const {
  if (max_period <= timespan{0})
    return make_error(errc::invalid_argument,
                      fmt::format("supervisor_options::max_period is {}; "
                                  "accepted is any duration above 0",
                                  render(max_period)));
  return {};
}

caf::expected<supervisor_actor>
start_supervisor(caf::actor_system& system, std::vector<child_spec> children,
                 supervisor_options options) {
  if (auto err = options.validate(); !err.empty())
    return err;
  if (auto err = require_unique(children); !err.empty())
    return err;
  std::vector<detail::child> started;
  started.reserve(children.size());
  for (auto& spec : children) {
    auto next = detail::child::start(system, std::move(spec));
    if (!next) {
      auto unwound = spawn_supervisor(system, std::move(started), options);
      caf::anon_send_exit(unwound, caf::exit_reason::user_shutdown);
      return std::move(next.error());
    }
    started.push_back(std::move(*next));
  }
  return spawn_supervisor(system, std::move(started), options);
}

caf::expected<void> stop_supervisor(caf::actor_system&,
                                    const supervisor_actor& supervisor) {
  if (!supervisor)
    return make_error(errc::invalid_argument,
                      "stop_supervisor: the handle is empty; accepted is what "
                      "start_supervisor returned");
  if (detail::on_scheduler_thread())
    return make_error(errc::would_block,
                      "stop_supervisor waits for the children to end, which "
                      "would hold up the scheduler; send an exit message to "
                      "the supervisor instead");
  auto ended = std::make_shared<std::promise<caf::error>>();
  auto reason = ended->get_future();
  supervisor->attach_functor(
    [ended](const caf::error& what) { ended->set_value(what); });
  caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
  if (auto what = reason.get(); what.category() == caf::type_id_v<errc>)
    return what;
  return {};
}

} // namespace actor_cache
