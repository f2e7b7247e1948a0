// What telemetry costs a hit of a table in memory: with nothing attached, with
// handlers, and with metrics.

#include "actor_cache/telemetry.hpp"
#include "actor_cache/actor_cache.hpp"
#include "actor_cache/detail/ask_engine.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace actor_cache;

constexpr size_t key_count = 10'000;

const std::vector<std::string>& keys() {
  static const auto result = [] {
    std::vector<std::string> xs;
    for (size_t index = 0; index < key_count; ++index)
      xs.push_back(fmt::format("page:{}", index * 7919 % key_count));
    return xs;
  }();
  return result;
}

/// An actor system with a cache of its own: what one benchmark attaches, the
/// next one does not have.
class running {
public:
  running()
    : tree_(*start_supervisor(system, {cache_spec{.name = "bench"}})),
      handle(*cache<int64_t>::find(system, "bench")),
      at_(*detail::find_endpoint(system, "bench", "")) {
    for (const auto& key : keys())
      static_cast<void>(handle.put(key, 1));
  }

  ~running() {
    static_cast<void>(stop_supervisor(system, tree_));
  }

  detail::engine& engine() const {
    return *at_->direct();
  }

private:
  caf::actor_system_config config_;

public:
  caf::actor_system system{config_};

private:
  supervisor_actor tree_;

public:
  cache<int64_t> handle;

private:
  detail::endpoint_ptr at_;
};

std::unique_ptr<running> world;

/// Calls `read(key)` for one key after the other.
template <class Read>
void read_all(benchmark::State& state, Read read) {
  auto index = static_cast<size_t>(state.thread_index()) * 37;
  for (auto _ : state) {
    auto found = read(keys()[index++ % key_count]);
    benchmark::DoNotOptimize(found);
  }
  state.SetItemsProcessed(state.iterations());
}

void start(const benchmark::State&) {
  world = std::make_unique<running>();
}

void stop(const benchmark::State&) {
  world.reset();
}

void attach(telemetry::event_pattern what) {
  static_cast<void>(telemetry::attach(world->system, "bench", std::move(what),
                                      [](const telemetry::event_view& x) {
                                        benchmark::DoNotOptimize(x.span);
                                      }));
}

// -- without telemetry --------------------------------------------------------

/// A hit of the engine, as it was before calls were watched.
void engine_unwatched(benchmark::State& state) {
  auto& engine = world->engine();
  read_all(state, [&](const std::string& key) { return engine.get(key); });
}

// -- with telemetry -----------------------------------------------------------

/// The same hit, with nothing attached.
void engine_watched(benchmark::State& state) {
  auto& engine = world->engine();
  read_all(state, [&](const std::string& key) {
    return detail::ask_engine<msg::get>(engine, std::string_view{key});
  });
}

void handle_alone(benchmark::State& state) {
  read_all(state,
           [&](const std::string& key) { return world->handle.get_view(key); });
}

BENCHMARK(engine_unwatched)->Setup(start)->Teardown(stop)->ThreadRange(1, 2);
BENCHMARK(engine_watched)->Setup(start)->Teardown(stop)->ThreadRange(1, 2);
BENCHMARK(handle_alone)->Setup(start)->Teardown(stop)->ThreadRange(1, 2);

BENCHMARK(handle_alone)
  ->Name("handle_with_a_handler_of_hits")
  ->Setup([](const benchmark::State& state) {
    start(state);
    attach("actor_cache.cache.get.stop");
  })
  ->Teardown(stop)
  ->ThreadRange(1, 2);

BENCHMARK(handle_alone)
  ->Name("handle_with_a_handler_of_all_events")
  ->Setup([](const benchmark::State& state) {
    start(state);
    attach(telemetry::event_pattern::below("actor_cache"));
  })
  ->Teardown(stop)
  ->ThreadRange(1, 2);

BENCHMARK(handle_alone)
  ->Name("handle_with_a_handler_of_misses")
  ->Setup([](const benchmark::State& state) {
    start(state);
    attach("actor_cache.cache.get.miss");
  })
  ->Teardown(stop)
  ->ThreadRange(1, 2);

BENCHMARK(handle_alone)
  ->Name("handle_with_metrics")
  ->Setup([](const benchmark::State& state) {
    start(state);
    static_cast<void>(telemetry::start_metrics(world->system));
  })
  ->Teardown(stop)
  ->ThreadRange(1, 2);

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
