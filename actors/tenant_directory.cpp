#include "tenant_directory.hpp"

#include "actor_cache/detail/signals.hpp"
#include "actor_cache/errc.hpp"

#include "cache_registry.hpp"
#include "sandbox_front.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/logger.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace actor_cache::detail {

namespace {

thread_local std::vector<std::shared_ptr<thread_binding>> bindings;

/// Returns the binding of this thread in one actor system, null for none.
thread_binding* bound_in(const tenant_directory* home) {
  std::erase_if(bindings, [](const auto& x) { return !x->active; });
  for (auto i = bindings.rbegin(); i != bindings.rend(); ++i)
    if ((*i)->whom->home() == home && !(*i)->whom->ended())
      return i->get();
  return nullptr;
}

} // namespace

thread_binding::thread_binding(tenant_ptr who)
  : whom(std::move(who)), below(whom->home()->running_actor()) {
  // nop
}

void push_binding(std::shared_ptr<thread_binding> what) {
  std::erase_if(bindings, [](const auto& x) { return !x->active; });
  bindings.push_back(std::move(what));
}

std::shared_ptr<tenant_directory>
tenant_directory::of(caf::actor_system& system) {
  return cache_registry::of(system).tenants();
}

// -- the registry -------------------------------------------------------------

void tenant_directory::registry(caf::strong_actor_ptr hdl) {
  std::unique_lock guard{mtx_};
  if (!closed_)
    registry_.swap(hdl);
}

caf::strong_actor_ptr tenant_directory::registry() const {
  std::shared_lock guard{mtx_};
  return registry_;
}

void tenant_directory::notify(const caf::strong_actor_ptr& actor,
                              caf::actor_id who) const {
  if (auto hdl = registry())
    detail::anon_send(caf::actor_cast<caf::actor>(hdl),
                      tenancy_changed{actor, who});
}

// -- who belongs to whom ------------------------------------------------------

caf::error
tenant_directory::check_local(const caf::strong_actor_ptr& who) const {
  auto refuse = [](std::string_view why) {
    return make_error(errc::invalid_argument,
                      fmt::format("the actor {}; accepted is a running actor "
                                  "of this actor system",
                                  why));
  };
  if (who == nullptr)
    return refuse("handle is empty");
  if (&who->get()->home_system() != &system_ || who->node() != system_.node())
    return refuse("lives in another actor system");
  if (has_ended(*who->get()))
    return refuse("has ended already, and its sandbox would end at once");
  return {};
}

caf::expected<tenant_ptr>
tenant_directory::start(const caf::strong_actor_ptr& owner,
                        const std::vector<std::string>& caches,
                        const sandbox_options& options) {
  if (registry() == nullptr)
    return not_started();
  if (owner != nullptr)
    if (auto err = check_local(owner); !err.empty())
      return err;
  auto result = std::make_shared<tenant>(shared_from_this(), options);
  for (const auto& cache : caches)
    if (auto err = add(*result, cache); !err.empty())
      return err;
  {
    std::unique_lock guard{mtx_};
    if (closed_)
      return not_started();
    tenants_.insert(result);
  }
  if (owner == nullptr)
    return result;
  result->owner_ = owner->id();
  if (auto err = claim(owner, result); !err.empty()) {
    end(result);
    return err;
  }
  return result;
}

caf::error tenant_directory::claim(const caf::strong_actor_ptr& who,
                                   const tenant_ptr& whom) {
  if (auto err = check_local(who); !err.empty())
    return err;
  if (auto err = claim(who->id(), whom); !err.empty())
    return err;
  notify(who, who->id());
  return {};
}

caf::error tenant_directory::claim(caf::actor_id who, const tenant_ptr& whom) {
  std::unique_lock guard{mtx_};
  if (!tenants_.contains(whom))
    return make_error(errc::no_sandbox, "the sandbox has ended");
  auto [at, added] = actors_.try_emplace(who, whom);
  if (added) {
    whom->members_.push_back(who);
    return {};
  }
  if (at->second == whom && whom->owner_ != who)
    return {};
  return make_error(errc::name_taken,
                    fmt::format("actor {} belongs to a sandbox already, which "
                                "has the caches: {}; to add one, write "
                                "box.add(\"name\"), to end it, box.stop()",
                                who, fmt::join(at->second->caches(), ", ")));
}

void tenant_directory::actor_ended(caf::actor_id who) {
  tenant_ptr owned;
  {
    std::unique_lock guard{mtx_};
    auto found = actors_.extract(who);
    if (found.empty())
      return;
    auto& whom = found.mapped();
    std::erase(whom->members_, who);
    if (whom->owner_ == who)
      owned = std::move(whom);
  }
  if (owned != nullptr)
    end(owned);
}

caf::error tenant_directory::share(const tenant_ptr& whom) {
  std::unique_lock guard{mtx_};
  if (!tenants_.contains(whom))
    return make_error(errc::no_sandbox, "the sandbox has ended");
  if (shared_ != nullptr && shared_ != whom)
    return make_error(errc::name_taken,
                      "another sandbox is shared; tests that share theirs "
                      "cannot run at the same time");
  shared_ = whom;
  return {};
}

tenant_ptr tenant_directory::find(caf::actor_id who) const {
  std::shared_lock guard{mtx_};
  auto found = actors_.find(who);
  return found != actors_.end() ? found->second : nullptr;
}

tenant_ptr tenant_directory::find(const caf::strong_actor_ptr& who) const {
  if (who == nullptr || who->node() != system_.node())
    return nullptr;
  return find(who->id());
}

caf::actor_id tenant_directory::running_actor() const {
  // CAF keeps this for its log, whatever the level of that.
  if (caf::logger::current_logger() != &system_.logger())
    return 0;
  return caf::logger::thread_local_aid();
}

tenant_ptr tenant_directory::caller() const {
  auto* bound = bound_in(this);
  auto running = running_actor();
  if (bound == nullptr || bound->below != running)
    if (auto whom = running != 0 ? find(running) : nullptr)
      return whom;
  if (bound != nullptr)
    return bound->whom;
  std::shared_lock guard{mtx_};
  return shared_;
}

tenant_ptr
tenant_directory::on_behalf_of(const caf::strong_actor_ptr& sender) const {
  if (auto whom = find(sender))
    return whom;
  std::shared_lock guard{mtx_};
  return shared_;
}

size_t tenant_directory::size() const {
  std::shared_lock guard{mtx_};
  return tenants_.size();
}

// -- caches -------------------------------------------------------------------

caf::error tenant_directory::add(tenant& whom, const std::string& cache) {
  auto found = find_engine(system_, cache);
  if (!found)
    return std::move(found.error());
  if ((*found)->front() == nullptr)
    return make_error(errc::invalid_argument,
                      fmt::format("cache '{}' is not sandboxed; in its spec "
                                  "write: .sandbox = true",
                                  cache));
  return whom.add(**found);
}

void tenant_directory::cache_stopped(const std::string& cache) {
  std::set<tenant_ptr> tenants;
  {
    std::shared_lock guard{mtx_};
    tenants = tenants_;
  }
  for (const auto& x : tenants)
    x->cache_stopped(cache);
}

// -- the end ------------------------------------------------------------------

void tenant_directory::end(const tenant_ptr& whom) {
  std::vector<caf::actor_id> members;
  {
    std::unique_lock guard{mtx_};
    if (tenants_.erase(whom) == 0)
      return;
    if (shared_ == whom)
      shared_ = nullptr;
    members.swap(whom->members_);
    for (auto x : members)
      actors_.erase(x);
  }
  whom->end();
  for (auto x : members)
    notify(nullptr, x);
}

void tenant_directory::close() {
  caf::strong_actor_ptr registry;
  std::set<tenant_ptr> tenants;
  {
    std::unique_lock guard{mtx_};
    closed_ = true;
    registry.swap(registry_);
    tenants = tenants_;
  }
  for (const auto& x : tenants)
    end(x);
}

// -- errors -------------------------------------------------------------------

caf::error tenant_directory::not_started() const {
  return make_error(errc::no_sandbox,
                    "the registry of the sandboxes is not running; before the "
                    "first test write: "
                    "actor_cache::sandbox_registry::start(system);");
}

caf::error tenant_directory::unowned(caf::actor_id actor) const {
  return make_error(
    errc::no_sandbox,
    actor != 0
      ? fmt::format("actor {} belongs to no sandbox; write: "
                    "box.allow(actor); or spawn it with: box.spawn(...)",
                    actor)
      : std::string{"this thread belongs to no sandbox; in the test write: "
                    "actor_cache::testing::sandboxed box{system, {...}}; in "
                    "another thread of it: auto bound = box.bind();"});
}

caf::error tenant_directory::refusal(std::string_view cache, const tenant* whom,
                                     caf::actor_id actor) const {
  if (whom != nullptr)
    return make_error(errc::no_sandbox,
                      fmt::format("the sandbox has no instance of cache '{}', "
                                  "but of: {}; write: box.add(\"{}\");",
                                  cache, fmt::join(whom->caches(), ", "),
                                  cache));
  auto err = registry() != nullptr ? unowned(actor) : not_started();
  return make_error(errc::no_sandbox,
                    fmt::format("cache '{}' is sandboxed, but {}", cache,
                                message_of(err)));
}

} // namespace actor_cache::detail
