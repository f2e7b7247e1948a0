#include "make_engine.hpp"

#include "sandbox_front.hpp"
#include "tenant_directory.hpp"

namespace actor_cache::detail {

namespace {

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
  auto store = spec.adapter.make(context);
  if (!store)
    return std::move(store.error());
  return std::make_shared<engine>(system, spec, std::move(*store));
}

} // namespace actor_cache::detail
