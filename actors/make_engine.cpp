#include "make_engine.hpp"

#include "cache_registry.hpp"
#include "sandbox_front.hpp"
#include "telemetry/hub.hpp"
#include "tenant_directory.hpp"

#include <fmt/format.h>

#include <string>

namespace actor_cache::detail {

namespace {

/// What the events of a store say about it.
struct store_labels {
  std::string cache;
  std::string adapter;
};

void tell(telemetry_hub& hub, const store_labels& of,
          const connection_change& what) {
  auto up = what.what == connection_change::kind::up;
  hub.log(up ? log_level::info : log_level::warning,
          fmt::format("cache '{}': connection to {} is {}{}{}", of.cache,
                      what.server, up ? "up" : "down",
                      what.reason.empty() ? "" : ": ", what.reason));
  if (!hub.wants(telemetry_gate::others))
    return;
  const telemetry::measurement count[] = {{"count", 1}};
  const telemetry::label metadata[] = {{"cache_name", of.cache},
                                       {"adapter", of.adapter},
                                       {"server", what.server},
                                       {"reason", what.reason}};
  hub.emit({up ? "actor_cache.connection.up" : "actor_cache.connection.down",
            count, std::span{metadata}.first(up ? 3 : 4)});
}

engine_ptr make_sandboxed(caf::actor_system& system, const cache_spec& spec,
                          const adapter_context& context) {
  auto directory = tenant_directory::of(system);
  auto result = std::make_shared<engine>(
    system, spec, spec.adapter.make_stand_in(context),
    std::make_shared<sandbox_front>(directory, spec.name));
  result->on_stop(
    [directory, name = spec.name] { directory->cache_stopped(name); });
  return result;
}

} // namespace

caf::expected<engine_ptr> make_engine(caf::actor_system& system,
                                      const cache_spec& spec) {
  auto clock = spec.clock ? spec.clock : clock_of(system);
  adapter_context context{spec.name, spec.compression, clock, &system};
  if (spec.sandbox)
    return make_sandboxed(system, spec, context);
  auto labels = std::make_shared<store_labels>(store_labels{spec.name, {}});
  context.on_connection = [hub = cache_registry::of(system).hub(),
                           labels](const connection_change& what) {
    tell(*hub, *labels, what);
  };
  auto store = spec.adapter.make(context);
  if (!store)
    return std::move(store.error());
  labels->adapter = (*store)->traits().name; // nothing has been started yet
  return std::make_shared<engine>(system, spec, std::move(*store));
}

} // namespace actor_cache::detail
