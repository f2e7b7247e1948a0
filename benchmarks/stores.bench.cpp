// What the adapters counter and persistent_term are for: counting and reading
// by threads at the same time, beside what an application would use otherwise.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/adapters/persistent_term.hpp"
#include "actor_cache/counter.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <tbb/concurrent_hash_map.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
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

/// Set by `main`.
caf::actor_system* the_system = nullptr;

template <class V, class Adapter>
class running {
public:
  explicit running(adapter_options options)
    : tree_(*start_supervisor(*the_system, {cache_spec{.name = "bench",
                                                       .adapter = options}})),
      handle(*cache<V, Adapter>::find(*the_system, "bench")) {
    // nop
  }

  ~running() {
    static_cast<void>(stop_supervisor(*the_system, tree_));
  }

private:
  supervisor_actor tree_;

public:
  cache<V, Adapter> handle;
};

// -- counting -----------------------------------------------------------------

struct atomic_number {
  void add(const std::string&) {
    value.fetch_add(1, std::memory_order_relaxed);
  }

  std::atomic<int64_t> value{0};
};

struct mutex_map {
  void add(const std::string& key) {
    std::lock_guard guard{mtx};
    ++values[key];
  }

  std::mutex mtx;
  std::unordered_map<std::string, int64_t> values;
};

struct tbb_map {
  void add(const std::string& key) {
    tbb::concurrent_hash_map<std::string, int64_t>::accessor found;
    values.insert(found, key);
    ++found->second;
  }

  tbb::concurrent_hash_map<std::string, int64_t> values;
};

struct ets_increment {
  void add(const std::string& key) {
    static_cast<void>(at.handle.increment(key));
  }

  running<int64_t, any_adapter> at{ets_options{}};
};

struct counter_increment {
  void add(const std::string& key) {
    static_cast<void>(at.handle.increment(key));
  }

  running<int64_t, counter> at{counter_options{}};
};

struct counter_count {
  void add(const std::string& key) {
    static_cast<void>(at.handle.count(key));
  }

  running<int64_t, counter> at{counter_options{}};
};

template <class T>
std::unique_ptr<T> shared;

template <class T, bool Hot>
void counting(benchmark::State& state) {
  if (state.thread_index() == 0) {
    shared<T> = std::make_unique<T>();
    for (const auto& key : keys())
      shared<T>->add(key);
  }
  // Threads begin at different keys.
  size_t n = static_cast<size_t>(state.thread_index()) * key_count / 2;
  for (auto _ : state)
    shared<T>->add(keys()[Hot ? 0 : n++ % key_count]);
  if (state.thread_index() == 0)
    shared<T>.reset();
}

// -- reading ------------------------------------------------------------------

struct shared_mutex_map {
  shared_mutex_map() {
    for (const auto& key : keys())
      values.emplace(key, std::make_shared<const std::string>(1024, 'x'));
  }

  auto get(const std::string& key) {
    std::shared_lock guard{mtx};
    return values.at(key);
  }

  std::shared_mutex mtx;
  std::unordered_map<std::string, std::shared_ptr<const std::string>> values;
};

template <class Options>
struct cache_of {
  cache_of() {
    for (const auto& key : keys())
      static_cast<void>(at.handle.put(key, std::string(1024, 'x')));
  }

  auto get(const std::string& key) {
    return at.handle.get_view(key);
  }

  running<std::string, any_adapter> at{Options{}};
};

template <class T, bool Hot>
void reading(benchmark::State& state) {
  if (state.thread_index() == 0)
    shared<T> = std::make_unique<T>();
  size_t n = static_cast<size_t>(state.thread_index()) * key_count / 2;
  for (auto _ : state)
    benchmark::DoNotOptimize(
      shared<T>->get(keys()[Hot ? n++ % 4 : n++ % key_count]));
  if (state.thread_index() == 0)
    shared<T>.reset();
}

template <class T>
void add_counting(const std::string& subject) {
  for (int threads : {1, 2}) {
    benchmark::RegisterBenchmark(("count/one key/" + subject).c_str(),
                                 counting<T, true>)
      ->Threads(threads)
      ->UseRealTime();
    benchmark::RegisterBenchmark(("count/10k keys/" + subject).c_str(),
                                 counting<T, false>)
      ->Threads(threads)
      ->UseRealTime();
  }
}

template <class T>
void add_reading(const std::string& subject) {
  for (int threads : {1, 2}) {
    benchmark::RegisterBenchmark(("view/4 keys/" + subject).c_str(),
                                 reading<T, true>)
      ->Threads(threads)
      ->UseRealTime();
    benchmark::RegisterBenchmark(("view/10k keys/" + subject).c_str(),
                                 reading<T, false>)
      ->Threads(threads)
      ->UseRealTime();
  }
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  the_system = &system;
  add_counting<atomic_number>("std::atomic");
  add_counting<mutex_map>("unordered_map+mutex");
  add_counting<tbb_map>("tbb::concurrent_hash_map");
  add_counting<ets_increment>("ets increment");
  add_counting<counter_increment>("counter increment");
  add_counting<counter_count>("counter count");
  add_reading<shared_mutex_map>("unordered_map+shared_mutex");
  add_reading<cache_of<ets_options>>("ets");
  add_reading<cache_of<persistent_term_options>>("persistent_term");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
