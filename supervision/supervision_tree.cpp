#include "actor_cache/supervision_tree.hpp"

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/errc.hpp"

#include "../actors/cache_registry.hpp"
#include "../actors/scheduler_thread.hpp"

#include <caf/actor_cast.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace actor_cache {

namespace {

caf::expected<supervision_tree> ask(caf::scoped_actor& self,
                                    const supervisor_actor& supervisor,
                                    timespan timeout) {
  caf::expected<supervision_tree> result{caf::error{}};
  auto failed = [&](const caf::error& err) {
    auto code = err == caf::sec::request_timeout ? errc::timeout
                                                 : errc::supervisor_not_running;
    result = make_error(code, fmt::format("the supervisor did not answer ({})",
                                          to_string(err)));
  };
  detail::request(self.ptr(), supervisor, timeout, msg::describe{})
    .receive(
      [&](supervisor_info& x) { result = supervision_tree{std::move(x), {}}; },
      failed);
  if (!result)
    return result;
  for (const auto& child : result->root.children) {
    if (child.kind != child_kind::supervisor || child.actor == nullptr)
      continue;
    auto below = ask(self, caf::actor_cast<supervisor_actor>(child.actor),
                     timeout);
    if (below)
      result->below.push_back(std::move(*below));
    else if (below.error() == errc::timeout)
      return below;
  }
  return result;
}

// -- drawing ------------------------------------------------------------------

std::string rounded(timespan x) {
  using namespace std::chrono;
  if (x >= minutes{2})
    return render(duration_cast<minutes>(x));
  if (x >= seconds{2})
    return render(duration_cast<seconds>(x));
  return render(duration_cast<milliseconds>(x));
}

std::string about(const supervisor_info& x) {
  return fmt::format("{}, {} of {} restarts in {}", to_string(x.strategy),
                     x.recent_restarts, x.max_restarts, render(x.max_period));
}

std::string about(const child_info& x) {
  auto result = fmt::format("{}, {}, {}", to_string(x.kind),
                            to_string(x.restart), to_string(x.state));
  auto out = std::back_inserter(result);
  if (x.actor != nullptr)
    fmt::format_to(out, " for {}", rounded(x.uptime));
  if (x.restarts == 1)
    fmt::format_to(out, ", restarted once");
  else if (x.restarts > 1)
    fmt::format_to(out, ", restarted {} times", x.restarts);
  return result;
}

void draw(const supervision_tree& x, const std::string& margin,
          std::string& result) {
  const auto& children = x.root.children;
  size_t width = 0;
  for (const auto& child : children)
    width = std::max(width, child.id.size());
  auto below = x.below.begin();
  for (size_t index = 0; index < children.size(); ++index) {
    const auto& child = children[index];
    auto last = index + 1 == children.size();
    fmt::format_to(std::back_inserter(result), "{}{} {:<{}}  {}", margin,
                   last ? "└──" : "├──", child.id, width, about(child));
    auto known = child.kind == child_kind::supervisor && below != x.below.end()
                 && below->root.name == child.id;
    if (!known) {
      result += '\n';
      continue;
    }
    result += "; " + about(below->root) + '\n';
    draw(*below++, margin + (last ? "    " : "│   "), result);
  }
}

} // namespace

caf::expected<supervision_tree> tree_of(caf::actor_system& system,
                                        const supervisor_actor& supervisor,
                                        timespan timeout) {
  if (!supervisor)
    return make_error(errc::invalid_argument,
                      "tree_of: the handle is empty; accepted is what "
                      "start_supervisor returned");
  if (detail::on_scheduler_thread())
    return make_error(errc::would_block,
                      "tree_of waits, which would hold up the scheduler; send "
                      "msg::describe");
  caf::scoped_actor self{system, true};
  return ask(self, supervisor, timeout);
}

std::vector<supervisor_actor> root_supervisors(caf::actor_system& system) {
  std::vector<supervisor_actor> result;
  for (const auto& x : detail::cache_registry::of(system).kept())
    result.push_back(caf::actor_cast<supervisor_actor>(x));
  return result;
}

std::string to_string(const supervision_tree& x) {
  auto result = fmt::format("{}  supervisor, running for {}; {}\n", x.root.name,
                            rounded(x.root.uptime), about(x.root));
  draw(x, "", result);
  return result;
}

} // namespace actor_cache
