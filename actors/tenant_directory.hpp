#pragma once

#include "tenant.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace actor_cache::detail {

/// One thread's bond to a tenant.
struct thread_binding {
  explicit thread_binding(tenant_ptr whom);

  const tenant_ptr whom;

  /// The actor that ran on the thread already when it was bound: what it does
  /// later is done by the thread. An actor that came later does it itself.
  const caf::actor_id below;

  std::atomic<bool> active{true};
};

/// Puts a binding on top of those of this thread.
void push_binding(std::shared_ptr<thread_binding> what);

/// Knows who belongs to which tenant in one actor system. The registry actor
/// keeps it up to date; it is apart from the actor so that a call to a cache
/// finds its instance without waiting for a thread.
///
/// Thread safety: all members may be called at the same time.
class tenant_directory : public std::enable_shared_from_this<tenant_directory> {
public:
  explicit tenant_directory(caf::actor_system& system) : system_(system) {
    // nop
  }

  static std::shared_ptr<tenant_directory> of(caf::actor_system& system);

  caf::actor_system& system() const noexcept {
    return system_;
  }

  // -- the registry -----------------------------------------------------------

  /// Names the actor that keeps the directory up to date, at its start.
  void registry(caf::strong_actor_ptr hdl);

  /// Returns null where it has not been started.
  caf::strong_actor_ptr registry() const;

  // -- who belongs to whom ----------------------------------------------------

  /// Adds a tenant with instances of `caches` that ends with `owner`, an actor,
  /// if that is not null.
  caf::expected<tenant_ptr> start(const caf::strong_actor_ptr& owner,
                                  const std::vector<std::string>& caches,
                                  const sandbox_options& options);

  /// Lets an actor of this system belong to `whom`.
  caf::error claim(const caf::strong_actor_ptr& who, const tenant_ptr& whom);

  caf::error claim(caf::actor_id who, const tenant_ptr& whom);

  /// Forgets an actor that has ended, and the tenant that it owned.
  void actor_ended(caf::actor_id who);

  caf::error share(const tenant_ptr& whom);

  /// Returns null where it belongs to nobody.
  tenant_ptr find(const caf::strong_actor_ptr& who) const;

  tenant_ptr find(caf::actor_id who) const;

  /// Returns whom the caller on this thread belongs to, null for nobody.
  tenant_ptr caller() const;

  /// Returns whom a message from `sender` is on behalf of, null for nobody.
  tenant_ptr on_behalf_of(const caf::strong_actor_ptr& sender) const;

  /// Returns the id of the actor that runs on this thread, 0 for none.
  caf::actor_id running_actor() const;

  size_t size() const;

  // -- caches -----------------------------------------------------------------

  /// Adds an instance of a cache to `whom`.
  caf::error add(tenant& whom, const std::string& cache);

  void cache_stopped(const std::string& cache);

  // -- the end ----------------------------------------------------------------

  void end(const tenant_ptr& whom);

  /// Ends all when the actor system ends.
  void close();

  // -- errors -----------------------------------------------------------------

  /// Says what a caller is to do who cannot use a cache; null for a stranger.
  caf::error refusal(std::string_view cache, const tenant* whom,
                     caf::actor_id actor) const;

  caf::error unowned(caf::actor_id actor) const;

  caf::error not_started() const;

private:
  caf::error check_local(const caf::strong_actor_ptr& who) const;

  /// Lets the registry watch an actor or, if that is null, no longer watch the
  /// one with the id `who`.
  void notify(const caf::strong_actor_ptr& actor, caf::actor_id who) const;

  caf::actor_system& system_;
  mutable std::shared_mutex mtx_;
  caf::strong_actor_ptr registry_;
  std::unordered_map<caf::actor_id, tenant_ptr> actors_;
  std::set<tenant_ptr> tenants_;
  tenant_ptr shared_;
  bool closed_ = false;
};

} // namespace actor_cache::detail
