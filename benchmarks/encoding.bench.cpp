// What it costs to turn a value into bytes and back, beside cereal's portable
// binary archive, which is the plain alternative: it has no checksum, no type
// check and trusts what it reads.

#include "actor_cache/encoding.hpp"

#include <benchmark/benchmark.h>

#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct small {
  int64_t id = 7;
  double score = 0.5;
  std::string name = "Ada Lovelace";
  bool active = true;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(id), CEREAL_NVP(score), CEREAL_NVP(name),
            CEREAL_NVP(active));
  }
};

struct small_inspected {
  int64_t id = 7;
  double score = 0.5;
  std::string name = "Ada Lovelace";
  bool active = true;
};

template <class Inspector>
bool inspect(Inspector& f, small_inspected& x) {
  return f.object(x).fields(f.field("id", x.id), f.field("score", x.score),
                            f.field("name", x.name),
                            f.field("active", x.active));
}

struct large {
  std::vector<small> members = std::vector<small>(100);
  std::map<std::string, std::optional<int>> marks = {{"a", 1}, {"b", {}}};
  std::vector<double> samples = std::vector<double>(1000, 0.25);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(members), CEREAL_NVP(marks), CEREAL_NVP(samples));
  }
};

template <class V>
V make() {
  return V{};
}

template <>
std::string make<std::string>() {
  return std::string(100, 'x');
}

template <>
std::vector<double> make<std::vector<double>>() {
  return std::vector<double>(100000, 0.25);
}

template <class V>
void encode(benchmark::State& state) {
  auto value = make<V>();
  size_t size = 0;
  for (auto _ : state) {
    auto bytes = actor_cache::encode(value);
    size = bytes->size();
    benchmark::DoNotOptimize(bytes);
  }
  state.counters["bytes"] = static_cast<double>(size);
}

template <class V>
void decode(benchmark::State& state) {
  auto bytes = *actor_cache::encode(make<V>());
  for (auto _ : state) {
    auto value = actor_cache::decode<V>(bytes);
    benchmark::DoNotOptimize(value);
  }
}

template <class V>
std::string cereal_bytes(const V& value) {
  auto out = std::ostringstream{std::ios::binary};
  {
    auto archive = cereal::PortableBinaryOutputArchive{out};
    archive(value);
  }
  return out.str();
}

template <class V>
void cereal_encode(benchmark::State& state) {
  auto value = make<V>();
  size_t size = 0;
  for (auto _ : state) {
    auto bytes = cereal_bytes(value);
    size = bytes.size();
    benchmark::DoNotOptimize(bytes);
  }
  state.counters["bytes"] = static_cast<double>(size);
}

template <class V>
void cereal_decode(benchmark::State& state) {
  auto bytes = cereal_bytes(make<V>());
  for (auto _ : state) {
    auto value = V{};
    auto in = std::istringstream{bytes, std::ios::binary};
    auto archive = cereal::PortableBinaryInputArchive{in};
    archive(value);
    benchmark::DoNotOptimize(value);
  }
}

} // namespace

BENCHMARK(encode<int>);
BENCHMARK(cereal_encode<int>);
BENCHMARK(decode<int>);
BENCHMARK(cereal_decode<int>);
BENCHMARK(encode<std::string>);
BENCHMARK(cereal_encode<std::string>);
BENCHMARK(decode<std::string>);
BENCHMARK(cereal_decode<std::string>);
BENCHMARK(encode<small>);
BENCHMARK(encode<small_inspected>);
BENCHMARK(cereal_encode<small>);
BENCHMARK(decode<small>);
BENCHMARK(decode<small_inspected>);
BENCHMARK(cereal_decode<small>);
BENCHMARK(encode<large>);
BENCHMARK(cereal_encode<large>);
BENCHMARK(decode<large>);
BENCHMARK(cereal_decode<large>);
BENCHMARK(encode<std::vector<double>>);
BENCHMARK(cereal_encode<std::vector<double>>);
BENCHMARK(decode<std::vector<double>>);
BENCHMARK(cereal_decode<std::vector<double>>);

BENCHMARK_MAIN();
