// What a supervisor is asked, and the children that it knows by name.

#include "actor_cache/errc.hpp"

#include "supervisor_core.hpp"
#include "validate.hpp"

#include <fmt/format.h>

#include <utility>

namespace actor_cache::detail {

// -- what is asked ------------------------------------------------------------

std::vector<child_info> supervisor_core::which_children() const {
  std::vector<child_info> result;
  result.reserve(children_.size());
  for (const auto& [number, which] : children_)
    result.push_back(info(which));
  return result;
}

child_counts supervisor_core::count_children() const {
  child_counts result;
  for (const auto& [number, which] : children_) {
    ++result.specs;
    result.active += which.run != 0 ? 1 : 0;
    if (std::holds_alternative<supervisor_spec>(which.spec.what))
      ++result.supervisors;
    else
      ++result.workers;
  }
  return result;
}

void supervisor_core::start_child(child_spec spec, on_child reply) {
  auto work = [this, spec = std::move(spec), reply]() mutable {
    auto err = validate_id(spec, options_);
    if (err.empty())
      err = spec.validate(options_);
    if (err.empty() && ids_.contains(spec.id))
      err = make_error(errc::name_taken,
                       fmt::format("there is a child '{}' already; delete it "
                                   "first, or restart it",
                                   spec.id));
    if (err.empty() && children_.size() >= options_.max_children)
      err = make_error(errc::limit_reached,
                       fmt::format("the supervisor has {} children; accepted "
                                   "are {} (supervisor_options::max_children) "
                                   "at most",
                                   children_.size(), options_.max_children));
    if (!err.empty()) {
      reply(std::move(err));
      return;
    }
    auto& next = add(std::move(spec));
    auto number = last_number_;
    err = launch(number, next);
    if (err.empty()) {
      reply(info(next));
      return;
    }
    remove(number);
    reply(std::move(err));
  };
  submit(std::move(work));
}

void supervisor_core::terminate_child(std::string id, on_done reply) {
  submit([this, id = std::move(id), reply] {
    auto found = find_id(id);
    if (found)
      stop({(*found)->first}, true, reply);
    else
      reply(std::move(found.error()));
  });
}

void supervisor_core::restart_child(std::string id, on_child reply) {
  submit([this, id = std::move(id), reply] {
    auto found = find_stopped(id);
    if (!found) {
      reply(std::move(found.error()));
      return;
    }
    auto& [number, which] = **found;
    if (auto err = launch(number, which); !err.empty()) {
      reply(std::move(err));
      return;
    }
    ++which.restarts;
    reply(info(which));
  });
}

void supervisor_core::delete_child(std::string id, on_done reply) {
  submit([this, id = std::move(id), reply] {
    auto found = find_stopped(id);
    if (found)
      remove((*found)->first);
    reply(found ? caf::error{} : std::move(found.error()));
  });
}

// -- children -----------------------------------------------------------------

supervisor_core::child& supervisor_core::add(child_spec spec) {
  auto number = ++last_number_;
  if (spec.id.empty())
    spec.id = std::to_string(number);
  ids_.emplace(spec.id, number);
  child next{.spec = std::move(spec), .runs_as = nullptr};
  return children_.emplace(number, std::move(next)).first->second;
}

caf::error supervisor_core::launch(uint64_t number, child& which) {
  if (which.runs_as == nullptr)
    which.runs_as = outside_.make(which.spec);
  auto run = ++last_run_;
  runs_.emplace(run, number);
  if (auto err = which.runs_as->start(run); !err.empty()) {
    runs_.erase(run);
    return err;
  }
  which.run = run;
  which.retry_at = never;
  which.state = child_state::running;
  which.since = outside_.now();
  return {};
}

supervisor_core::child* supervisor_core::find(uint64_t number) {
  auto found = children_.find(number);
  return found != children_.end() ? &found->second : nullptr;
}

caf::expected<supervisor_core::children::iterator>
supervisor_core::find_id(std::string_view id) {
  if (auto found = ids_.find(std::string{id}); found != ids_.end())
    return children_.find(found->second);
  return make_error(errc::unknown_child,
                    fmt::format("the supervisor has no child '{}'", id));
}

caf::expected<supervisor_core::children::iterator>
supervisor_core::find_stopped(std::string_view id) {
  auto found = find_id(id);
  if (found && (*found)->second.state != child_state::stopped)
    return make_error(errc::child_running,
                      fmt::format("child '{}' is {}; terminate it first", id,
                                  to_string((*found)->second.state)));
  return found;
}

void supervisor_core::remove(uint64_t number) {
  auto found = children_.find(number);
  ids_.erase(found->second.spec.id);
  children_.erase(found);
}

child_info supervisor_core::info(const child& which) const {
  auto running = which.run != 0;
  return {which.spec.id,
          which.runs_as->kind(),
          which.state,
          running ? which.runs_as->actor() : nullptr,
          which.spec.restart,
          which.restarts,
          running ? outside_.now() - which.since : timespan{0}};
}

} // namespace actor_cache::detail
