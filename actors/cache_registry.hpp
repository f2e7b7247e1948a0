#pragma once

#include "actor_cache/detail/engine.hpp"

#include "../adapters/adapter_kinds.hpp"
#include "place.hpp"
#include "telemetry/collector.hpp"
#include "telemetry/hub.hpp"
#include "tenant_directory.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::detail {

/// Knows the caches of one actor system by name. It is an actor so that it
/// lives and ends with the system, but answers no messages: looking a cache
/// up must not wait for a thread.
///
/// Thread safety: all members of this class may be called at the same time.
class cache_registry : public caf::event_based_actor {
public:
  explicit cache_registry(caf::actor_config& cfg);

  /// Returns the registry of `system`; makes it at the first call.
  static cache_registry& of(caf::actor_system& system);

  /// @returns `errc::name_taken` where there is a cache of that name
  caf::error add(engine_ptr cache);

  void remove(const engine_ptr& cache);

  /// @returns `errc::unknown_cache`, naming those that there are
  caf::expected<engine_ptr> find(std::string_view name) const;

  /// Returns who belongs to which sandbox in this actor system.
  const std::shared_ptr<tenant_directory>& tenants() const noexcept {
    return tenants_;
  }

  /// Returns what knows who wants the events of this actor system.
  const std::shared_ptr<telemetry_hub>& hub() const noexcept {
    return hub_;
  }

  metric_collector& metrics() noexcept {
    return metrics_;
  }

  /// Returns all caches, by name.
  std::vector<engine_ptr> caches() const;

  /// Gives the place of a child its path in the tree of supervisors, again
  /// after each restart.
  void add_place(const std::string& path, const place_ptr& at);

  void remove_place(const std::string& path, const place_ptr& at);

  /// @returns `errc::unknown_child`, naming the paths that there are
  caf::expected<place_ptr> find_place(std::string_view path) const;

  /// Returns `name`, or a name for a supervisor that has none.
  /// @returns `errc::name_taken` where another tree with children has it
  caf::expected<std::string> name_root(std::string name);

  /// Holds on to an actor until it ends, so that a tree lives on where nobody
  /// keeps a handle to its supervisor.
  void keep(const caf::actor& what);

  /// Returns the actors that it holds on to, in the order of their start.
  std::vector<caf::actor> kept() const;

  /// Stops all caches and lets go of all actors, when the actor system ends.
  void close();

  /// Returns whether the actor system ends: nobody may read a message any
  /// more, and one that stays unread is never freed.
  bool closed() const noexcept {
    return closed_;
  }

  /// Returns the adapters that the configuration may name.
  adapter_kinds& kinds() noexcept {
    return kinds_;
  }

  caf::behavior make_behavior() override;

private:
  void release(const caf::actor_addr& what);

  mutable std::shared_mutex mtx_;
  std::map<std::string, engine_ptr, std::less<>> caches_;
  std::map<std::string, place_ptr, std::less<>> places_;
  std::set<caf::actor> kept_;
  uint64_t roots_ = 0;
  std::atomic<bool> closed_ = false;
  const std::shared_ptr<tenant_directory> tenants_;
  const std::shared_ptr<telemetry_hub> hub_;
  metric_collector metrics_;
  adapter_kinds kinds_;
};

/// Returns the cache `name` of `system`.
caf::expected<engine_ptr> find_engine(caf::actor_system& system,
                                      std::string_view name);

} // namespace actor_cache::detail
