#include "cache_registry.hpp"

#include "actor_cache/errc.hpp"

#include <caf/actor_registry.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>

namespace actor_cache::detail {

namespace {

constexpr const char* registry_name = "actor_cache.registry";

cache_registry* lookup(caf::actor_system& system) {
  auto hdl = system.registry().get<caf::strong_actor_ptr>(registry_name);
  if (hdl == nullptr)
    return nullptr;
  return static_cast<cache_registry*>(
    caf::actor_cast<caf::abstract_actor*>(hdl));
}

/// Arranges that all is let go before the actor system takes its own registry
/// down: that holds a lock which actors that end there would wait for. One of
/// CAF's own actors ends at the right time.
void close_before_end(caf::actor_system& system) {
  auto witness = system.registry().get<caf::strong_actor_ptr>("SpawnServ");
  if (witness != nullptr)
    witness->get()->attach_functor([&system] {
      if (auto* found = lookup(system))
        found->close();
    });
}

/// Returns the first names of a map, for people.
template <class Map>
std::string names_in(const Map& xs) {
  constexpr size_t most = 20;
  std::vector<std::string_view> names;
  for (const auto& x : xs)
    if (names.size() < most)
      names.emplace_back(x.first);
  if (names.empty())
    return "none";
  return fmt::format("{}{}", fmt::join(names, ", "),
                     xs.size() > most ? ", ..." : "");
}

} // namespace

cache_registry::cache_registry(caf::actor_config& cfg)
  : caf::event_based_actor(cfg),
    tenants_(std::make_shared<tenant_directory>(home_system())),
    hub_(std::make_shared<telemetry_hub>(home_system())),
    metrics_(*this) {
  // nop
}

void cache_registry::close() {
  closed_ = true;
  tenants_->close();
  decltype(caches_) caches;
  decltype(places_) places;
  decltype(kept_) kept;
  {
    std::unique_lock guard{mtx_};
    caches.swap(caches_);
    places.swap(places_);
    kept.swap(kept_);
  }
  hub_->close(); // before events go to actors that read nothing any more
  for (auto& [name, cache] : caches)
    if (auto err = cache->stop(); !err.empty())
      std::cerr << "actor_cache: " << message_of(err) << std::endl;
}

cache_registry& cache_registry::of(caf::actor_system& system) {
  if (auto* found = lookup(system))
    return *found;
  static std::mutex creation_mtx;
  std::lock_guard guard{creation_mtx};
  if (auto* found = lookup(system))
    return *found;
  auto hdl = system.spawn<cache_registry, caf::hidden + caf::lazy_init>();
  system.registry().put(registry_name, hdl);
  close_before_end(system);
  return *lookup(system);
}

caf::error cache_registry::add(engine_ptr cache) {
  std::unique_lock guard{mtx_};
  if (caches_.try_emplace(cache->name(), cache).second)
    return {};
  return make_error(errc::name_taken,
                    fmt::format("there is a cache named '{}' already; names "
                                "must be unique in an actor system",
                                cache->name()));
}

void cache_registry::remove(const engine_ptr& cache) {
  std::unique_lock guard{mtx_};
  auto i = caches_.find(cache->name());
  if (i != caches_.end() && i->second == cache)
    caches_.erase(i);
}

caf::expected<engine_ptr> cache_registry::find(std::string_view name) const {
  std::shared_lock guard{mtx_};
  if (auto i = caches_.find(name); i != caches_.end())
    return i->second;
  return make_error(errc::unknown_cache,
                    fmt::format("there is no cache named '{}'; the running "
                                "caches are: {}",
                                name, names_in(caches_)));
}

std::vector<engine_ptr> cache_registry::caches() const {
  std::vector<engine_ptr> result;
  std::shared_lock guard{mtx_};
  for (const auto& [name, cache] : caches_)
    result.push_back(cache);
  return result;
}

void cache_registry::add_place(const std::string& path, const place_ptr& at) {
  std::unique_lock guard{mtx_};
  places_.insert_or_assign(path, at);
}

void cache_registry::remove_place(const std::string& path,
                                  const place_ptr& at) {
  std::unique_lock guard{mtx_};
  if (auto i = places_.find(path); i != places_.end() && i->second == at)
    places_.erase(i);
}

caf::expected<place_ptr>
cache_registry::find_place(std::string_view path) const {
  std::shared_lock guard{mtx_};
  if (auto i = places_.find(path); i != places_.end())
    return i->second;
  return make_error(errc::unknown_child,
                    fmt::format("there is no supervised child '{}'; children "
                                "are: {}",
                                path, names_in(places_)));
}

caf::expected<std::string> cache_registry::name_root(std::string name) {
  std::unique_lock guard{mtx_};
  if (name.empty())
    return fmt::format("supervisor-{}", ++roots_);
  auto below = name + '/';
  if (auto i = places_.lower_bound(below);
      i != places_.end() && i->first.starts_with(below))
    return make_error(errc::name_taken,
                      fmt::format("supervisor_options::name is '{}', as that "
                                  "of another supervisor that runs; accepted "
                                  "is a name of its own, or none",
                                  name));
  return name;
}

void cache_registry::keep(const caf::actor& what) {
  {
    std::unique_lock guard{mtx_};
    kept_.insert(what);
  }
  what->attach_functor(
    [self = caf::actor_cast<caf::weak_actor_ptr>(this->ctrl()),
     addr = what.address()] {
      auto registry = caf::actor_cast<caf::strong_actor_ptr>(self);
      if (registry != nullptr)
        static_cast<cache_registry*>(
          caf::actor_cast<caf::abstract_actor*>(registry))
          ->release(addr);
    });
}

std::vector<caf::actor> cache_registry::kept() const {
  std::shared_lock guard{mtx_};
  return {kept_.begin(), kept_.end()};
}

void cache_registry::release(const caf::actor_addr& what) {
  caf::actor released; // after the lock: it may be the last reference
  std::unique_lock guard{mtx_};
  auto i = std::find_if(kept_.begin(), kept_.end(), [&](const caf::actor& x) {
    return x.address() == what;
  });
  if (i != kept_.end())
    released = std::move(kept_.extract(i).value());
}

caf::behavior cache_registry::make_behavior() {
  return {
    [](caf::unit_t) {},
  };
}

caf::expected<engine_ptr> find_engine(caf::actor_system& system,
                                      std::string_view name) {
  return cache_registry::of(system).find(name);
}

} // namespace actor_cache::detail
