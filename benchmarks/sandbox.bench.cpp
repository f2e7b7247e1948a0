// What a sandbox costs: to start and end one, and to call a cache through it.

#include "actor_cache/testing/sandbox.hpp"
#include "actor_cache/actor_cache.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <benchmark/benchmark.h>

using namespace actor_cache;
using testing::require;

namespace {

caf::actor_system* running = nullptr;

void start_one_cache(benchmark::State& state) {
  for (auto _ : state)
    testing::sandboxed box{*running, {std::string{"users"}}};
  state.SetItemsProcessed(state.iterations());
}

void start_two_caches(benchmark::State& state) {
  for (auto _ : state)
    testing::sandboxed box{*running, {"users", "sessions"}};
  state.SetItemsProcessed(state.iterations());
}

void start_for_an_actor(benchmark::State& state) {
  auto registry = require(sandbox_registry::start(*running));
  for (auto _ : state) {
    caf::scoped_actor owner{*running};
    benchmark::DoNotOptimize(require(registry.start(owner, {"users"})));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(start_one_cache)->UseRealTime();
BENCHMARK(start_one_cache)->Threads(2)->UseRealTime();
BENCHMARK(start_two_caches)->UseRealTime();
BENCHMARK(start_for_an_actor)->UseRealTime();

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  running = &system;
  auto tree = start_supervisor(system,
                               {cache_spec{.name = "users", .sandbox = true},
                                cache_spec{.name = "sessions",
                                           .adapter = agent_options{},
                                           .sandbox = true}});
  if (!tree)
    return EXIT_FAILURE;
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
