#include "sandbox_registry.hpp"

#include "actor_cache/errc.hpp"

#include <caf/stateful_actor.hpp>

#include <mutex>

namespace actor_cache::detail {

namespace {

caf::result<void> to_result(caf::error err) {
  if (!err.empty())
    return err;
  return caf::unit;
}

} // namespace

sandbox_registry_state::sandbox_registry_state(
  sandbox_registry_base::pointer self,
  std::shared_ptr<tenant_directory> directory)
  : self_(self), directory_(std::move(directory)), monitors_(self) {
  // nop
}

sandbox_registry_base::behavior_type sandbox_registry_state::make_behavior() {
  return {
    [this](const msg::start_sandbox& what) { return start(what); },
    [this](const msg::stop_sandbox& what) { return stop(what); },
    [this](const msg::register_cache& what) { return add(what); },
    [this](const msg::unregister_cache& what) { return remove(what); },
    [this](const msg::allow& what) { return allow(what); },
    [this](const msg::find_sandbox& what) { return find(what); },
    [this](const tenancy_changed& what) { changed(what); },
  };
}

caf::expected<tenant_ptr>
sandbox_registry_state::owned(const caf::strong_actor_ptr& owner) const {
  if (auto whom = directory_->find(owner))
    return whom;
  return directory_->unowned(owner != nullptr ? owner->id() : 0);
}

caf::result<void>
sandbox_registry_state::start(const msg::start_sandbox& what) {
  if (what.owner == nullptr)
    return make_error(errc::invalid_argument,
                      "start_sandbox: the owner is empty; accepted is an actor "
                      "of this actor system");
  auto started = directory_->start(what.owner, what.caches, {});
  return to_result(started ? caf::error{} : std::move(started.error()));
}

caf::result<void> sandbox_registry_state::stop(const msg::stop_sandbox& what) {
  auto whom = owned(what.owner);
  if (!whom)
    return std::move(whom.error());
  directory_->end(*whom);
  return caf::unit;
}

caf::result<void> sandbox_registry_state::add(const msg::register_cache& what) {
  auto whom = owned(what.owner);
  return to_result(whom ? directory_->add(**whom, what.cache)
                        : std::move(whom.error()));
}

caf::result<void>
sandbox_registry_state::remove(const msg::unregister_cache& what) {
  auto whom = owned(what.owner);
  return to_result(whom ? (*whom)->remove(what.cache)
                        : std::move(whom.error()));
}

caf::result<void> sandbox_registry_state::allow(const msg::allow& what) {
  auto whom = owned(what.owner);
  return to_result(whom ? directory_->claim(what.child, *whom)
                        : std::move(whom.error()));
}

caf::result<std::set<std::string>>
sandbox_registry_state::find(const msg::find_sandbox& what) {
  auto whom = owned(what.who);
  if (!whom)
    return std::move(whom.error());
  auto caches = (*whom)->caches();
  return std::set<std::string>{caches.begin(), caches.end()};
}

void sandbox_registry_state::changed(const tenancy_changed& what) {
  if (what.actor != nullptr) {
    watched_[what.id] = caf::actor_cast<caf::weak_actor_ptr>(what.actor);
    monitors_.watch(what.actor, [this, id = what.id](const caf::error&) {
      watched_.erase(id);
      directory_->actor_ended(id);
    });
    return;
  }
  auto found = watched_.extract(what.id);
  if (found.empty())
    return;
  // One that is gone has sent its last message already.
  if (auto hdl = caf::actor_cast<caf::strong_actor_ptr>(found.mapped()))
    monitors_.unwatch(hdl);
}

void start_sandbox_registry(caf::actor_system& system) {
  static std::mutex creation_mtx;
  std::lock_guard guard{creation_mtx};
  auto directory = tenant_directory::of(system);
  if (directory->registry() != nullptr)
    return;
  using impl = sandbox_registry_base::stateful_impl<sandbox_registry_state>;
  auto hdl = system.spawn<impl, caf::hidden>(directory);
  directory->registry(caf::actor_cast<caf::strong_actor_ptr>(hdl));
}

} // namespace actor_cache::detail
