// A direct call to a cache with the ets adapter beside the in-memory tables
// that an application would use otherwise. One operation is one get or one put
// of one key; a get copies the value out.

#include "actor_cache/actor_cache.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <tbb/concurrent_hash_map.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using namespace std::literals;

constexpr size_t key_count = 100'000;

/// 16 bytes without a destructor, and 1 KB on the heap.
using small_value = std::array<char, 16>;
using large_value = std::string;

template <class V>
V make_value() {
  if constexpr (std::is_same_v<V, small_value>)
    return {};
  else
    return std::string(1024, 'x');
}

// -- the subjects -------------------------------------------------------------

template <class V>
class std_map {
public:
  std::optional<V> get(const std::string& key) {
    std::shared_lock guard{mtx_};
    auto i = entries_.find(key);
    return i != entries_.end() ? std::optional<V>{i->second} : std::nullopt;
  }

  void put(const std::string& key, V value) {
    std::unique_lock guard{mtx_};
    entries_.insert_or_assign(key, std::move(value));
  }

private:
  std::shared_mutex mtx_;
  std::unordered_map<std::string, V> entries_;
};

template <class V>
class tbb_map {
public:
  std::optional<V> get(const std::string& key) {
    typename map_type::const_accessor found;
    return entries_.find(found, key) ? std::optional<V>{found->second}
                                     : std::nullopt;
  }

  void put(const std::string& key, V value) {
    typename map_type::accessor found;
    entries_.insert(found, key);
    found->second = std::move(value);
  }

private:
  using map_type = tbb::concurrent_hash_map<std::string, V>;

  map_type entries_;
};

/// Set by `main`: CAF 0.18 cannot take an actor system down after it.
caf::actor_system* the_system = nullptr;

caf::actor_system& actor_system() {
  return *the_system;
}

template <class V>
class ets_cache {
public:
  explicit ets_cache(actor_cache::ttl lifetime = actor_cache::infinite)
    : tree_(*actor_cache::start_supervisor(
        actor_system(),
        {actor_cache::cache_spec{.name = "bench", .default_ttl = lifetime}})),
      handle_(*actor_cache::cache<V>::find(actor_system(), "bench")) {
    // nop
  }

  ~ets_cache() {
    static_cast<void>(actor_cache::stop_supervisor(actor_system(), tree_));
  }

  std::optional<V> get(const std::string& key) {
    return *handle_.get(key);
  }

  void put(const std::string& key, V value) {
    static_cast<void>(handle_.put(key, std::move(value)));
  }

private:
  actor_cache::supervisor_actor tree_;
  actor_cache::cache<V> handle_;
};

/// The same with a lifetime for each entry: all calls read the clock then.
template <class V>
class timed_ets_cache : public ets_cache<V> {
public:
  timed_ets_cache() : ets_cache<V>(1h) {
    // nop
  }
};

// -- the load -----------------------------------------------------------------

const std::vector<std::string>& keys() {
  static const auto result = [] {
    std::vector<std::string> xs;
    for (size_t index = 0; index < key_count; ++index)
      xs.push_back(fmt::format("user:{}", index));
    return xs;
  }();
  return result;
}

const std::vector<std::string>& absent_keys() {
  static const auto result = [] {
    std::vector<std::string> xs;
    for (size_t index = 0; index < key_count; ++index)
      xs.push_back(fmt::format("nobody:{}", index));
    return xs;
  }();
  return result;
}

/// Indexes into `keys`: uniform, or Zipf's law with exponent 0.99 (YCSB's).
enum class choice { uniform, zipf };

std::vector<uint32_t> draw(choice how, unsigned seed) {
  constexpr size_t draws = 1 << 18;
  std::mt19937_64 random{seed};
  std::vector<uint32_t> result(draws);
  if (how == choice::uniform) {
    for (auto& x : result)
      x = static_cast<uint32_t>(random() % key_count);
    return result;
  }
  std::vector<double> sums(key_count);
  double sum = 0;
  for (size_t index = 0; index < key_count; ++index)
    sums[index] = sum += 1.0 / std::pow(static_cast<double>(index + 1), 0.99);
  // Popular keys lie anywhere in the table.
  std::vector<uint32_t> shuffled(key_count);
  for (uint32_t index = 0; index < key_count; ++index)
    shuffled[index] = index;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64{42});
  std::uniform_real_distribution<double> pick{0, sum};
  for (auto& x : result) {
    auto i = std::lower_bound(sums.begin(), sums.end(), pick(random));
    x = shuffled[static_cast<size_t>(i - sums.begin())];
  }
  return result;
}

const std::vector<uint32_t>& indexes(choice how, int thread) {
  static const std::array<std::array<std::vector<uint32_t>, 2>, 2> all{
    std::array{draw(choice::uniform, 1), draw(choice::uniform, 2)},
    std::array{draw(choice::zipf, 1), draw(choice::zipf, 2)}};
  return all[how == choice::zipf][static_cast<size_t>(thread) % 2];
}

// -- the benchmarks -----------------------------------------------------------

template <class Map>
std::unique_ptr<Map> shared_map;

template <class Map, class V>
void fill(benchmark::State& state) {
  if (state.thread_index() != 0)
    return;
  shared_map<Map> = std::make_unique<Map>();
  for (const auto& key : keys())
    shared_map<Map>->put(key, make_value<V>());
}

/// Runs `step(map, key, n)` for one key after the other.
template <class Map, class V, class Step>
void run(benchmark::State& state, const std::vector<std::string>& from,
         choice how, Step step) {
  fill<Map, V>(state);
  const auto& order = indexes(how, state.thread_index());
  size_t n = 0;
  for (auto _ : state) {
    step(*shared_map<Map>, from[order[n % order.size()]], n);
    ++n;
  }
  state.SetItemsProcessed(static_cast<int64_t>(n));
  if (state.thread_index() == 0)
    shared_map<Map>.reset();
}

template <class Map, class V, choice How>
void hit(benchmark::State& state) {
  run<Map, V>(state, keys(), How, [](Map& map, const auto& key, size_t) {
    benchmark::DoNotOptimize(map.get(key));
  });
}

template <class Map, class V, choice How>
void miss(benchmark::State& state) {
  run<Map, V>(state, absent_keys(), How, [](Map& map, const auto& key, size_t) {
    benchmark::DoNotOptimize(map.get(key));
  });
}

template <class Map, class V, choice How>
void put(benchmark::State& state) {
  run<Map, V>(state, keys(), How, [](Map& map, const auto& key, size_t) {
    map.put(key, make_value<V>());
  });
}

template <class Map, class V, choice How>
void mixed(benchmark::State& state) {
  run<Map, V>(state, keys(), How, [](Map& map, const auto& key, size_t n) {
    if (n % 10 == 9)
      map.put(key, make_value<V>());
    else
      benchmark::DoNotOptimize(map.get(key));
  });
}

template <template <class> class Map, class V, choice How>
void register_load(const std::string& subject, const std::string& load) {
  auto add = [&](const char* operation, auto* function) {
    return benchmark::RegisterBenchmark(
      fmt::format("{}/{}/{}", operation, load, subject).c_str(), function);
  };
  add("hit", hit<Map<V>, V, How>);
  add("miss", miss<Map<V>, V, How>);
  add("put", put<Map<V>, V, How>);
  add("90/10", mixed<Map<V>, V, How>)->Threads(2)->UseRealTime();
}

template <template <class> class Map>
void register_subject(const std::string& subject) {
  register_load<Map, small_value, choice::uniform>(subject, "16B/uniform");
  register_load<Map, small_value, choice::zipf>(subject, "16B/zipf");
  register_load<Map, large_value, choice::uniform>(subject, "1KB/uniform");
  register_load<Map, large_value, choice::zipf>(subject, "1KB/zipf");
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  the_system = &system;
  register_subject<std_map>("unordered_map+shared_mutex");
  register_subject<tbb_map>("tbb::concurrent_hash_map");
  register_subject<ets_cache>("actor_cache ets");
  register_subject<timed_ets_cache>("actor_cache ets with TTL");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
