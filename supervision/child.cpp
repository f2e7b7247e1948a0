#include "child.hpp"

#include "actor_cache/errc.hpp"

#include "../actors/cache_actor_state.hpp"
#include "../actors/cache_registry.hpp"
#include "../actors/make_engine.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

namespace actor_cache {

child_spec::child_spec(cache_spec cache)
  : id(cache.name), what(std::move(cache)) {
  // nop
}

child_spec::child_spec(std::string id, actor_factory start)
  : id(std::move(id)), what(std::move(start)) {
  // nop
}

} // namespace actor_cache

namespace actor_cache::detail {

namespace {

/// Makes the engine of a cache, opens its store, and registers its name.
caf::expected<engine_ptr> start_engine(caf::actor_system& system,
                                       const cache_spec& spec) {
  auto made = make_engine(system, spec);
  if (!made)
    return made;
  auto& result = *made;
  auto& registry = cache_registry::of(system);
  if (auto err = registry.add(result); !err.empty())
    return err;
  if (auto err = result->start(); !err.empty()) {
    registry.remove(result);
    return err;
  }
  return result;
}

} // namespace

caf::expected<child> child::start(caf::actor_system& system, child_spec spec) {
  child result{std::move(spec)};
  if (const auto* cache = std::get_if<cache_spec>(&result.spec_.what)) {
    auto started = start_engine(system, *cache);
    if (!started)
      return std::move(started.error());
    result.cache_ = std::move(*started);
  }
  if (auto err = result.spawn(system); !err.empty()) {
    static_cast<void>(result.stop(system)); // nothing is stored yet
    return err;
  }
  return result;
}

caf::error child::restart(caf::actor_system& system) {
  if (cache_ != nullptr) {
    cache_->actor(nullptr);
    if (auto err = cache_->recover(); !err.empty())
      return err;
  }
  return spawn(system);
}

caf::error child::stop(caf::actor_system& system) {
  caf::error lost;
  if (cache_ != nullptr) {
    lost = cache_->stop();
    cache_registry::of(system).remove(cache_);
  }
  // Once the system ends, an actor ends with the last reference to it.
  if (actor_ != nullptr && !cache_registry::of(system).closed())
    caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
  return lost;
}

void child::kill() {
  caf::anon_send_exit(actor_, caf::exit_reason::kill);
}

caf::error child::spawn(caf::actor_system& system) {
  if (cache_ != nullptr) {
    actor_ = spawn_cache_actor(system, cache_);
    return {};
  }
  const auto& factory = std::get<actor_factory>(spec_.what);
  auto hdl = factory ? factory(system)
                     : caf::expected<caf::actor>{caf::actor{}};
  if (!hdl)
    return std::move(hdl.error());
  if (!*hdl)
    return make_error(errc::child_failed,
                      fmt::format("child '{}': its factory returned no actor",
                                  spec_.id));
  actor_ = caf::actor_cast<caf::strong_actor_ptr>(*hdl);
  return {};
}

} // namespace actor_cache::detail
