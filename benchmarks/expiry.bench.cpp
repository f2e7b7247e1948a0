// How long calls to an ets cache take while ten million entries with random
// lifetimes expire, and what each entry costs.
//
// usage: expiry_bench [number of entries]

#include "actor_cache/actor_cache.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using actor_cache::cache;
using clock_type = std::chrono::steady_clock;

/// Time that moves as the benchmark says.
class driven_clock final : public actor_cache::clock {
public:
  actor_cache::time_point now() const noexcept override {
    return actor_cache::time_point{actor_cache::timespan{elapsed.load()}};
  }

  std::atomic<int64_t> elapsed{1'000'000'000};
};

double resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  size_t total = 0;
  size_t resident = 0;
  in >> total >> resident;
  return static_cast<double>(resident) * 4096;
}

/// The longest of many spans, and how many were long.
struct spans {
  template <class F>
  void time(F f) {
    auto from = clock_type::now();
    f();
    auto took = clock_type::now() - from;
    longest = std::max(longest, took);
    over_1ms += took > 1ms ? 1 : 0;
    over_5ms += took > 5ms ? 1 : 0;
    ++count;
  }

  void print(const char* what) const {
    fmt::print("{:<34} {:>12} calls, longest {:>8.3f} ms, {} over 1 ms, {} "
               "over 5 ms\n",
               what, count,
               std::chrono::duration<double, std::milli>{longest}.count(),
               over_1ms, over_5ms);
  }

  clock_type::duration longest{0};
  size_t over_1ms = 0;
  size_t over_5ms = 0;
  size_t count = 0;
};

int run(size_t entries) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto time = std::make_shared<driven_clock>();
  auto tree = *actor_cache::start_supervisor(
    system, {actor_cache::cache_spec{
              .name = "bench", .sweep_interval = 10ms, .clock = time}});
  auto xs = *cache<int64_t>::find(system, "bench");
  std::mt19937_64 random{1};
  auto key_of = [](uint64_t n) { return fmt::format("user:{}", n); };
  auto before = resident_bytes();
  spans fill;
  for (size_t n = 0; n < entries; ++n) {
    auto key = key_of(n);
    auto lifetime = std::chrono::milliseconds{1 + random() % 600'000};
    fill.time([&] { static_cast<void>(xs.put(key, 1, lifetime)); });
  }
  fill.print("put, while the table grows");
  fmt::print("{:.1f} bytes an entry\n",
             (resident_bytes() - before) / static_cast<double>(entries));
  // Ten minutes go by in about a minute.
  spans calls;
  spans control;
  auto begin = clock_type::now();
  auto last = begin;
  for (size_t left = entries; left > 0;) {
    for (int i = 0; i < 64; ++i) {
      auto key = key_of(random() % entries);
      if (i % 8 == 0)
        calls.time([&] { static_cast<void>(xs.put(key, 2, 1ms)); });
      else
        calls.time([&] { static_cast<void>(xs.get(key)); });
      control.time([] {});
    }
    auto now = clock_type::now();
    time->elapsed += (now - last).count() * 10;
    last = now;
    left = *xs.size();
    if (now - begin > 75s)
      break;
  }
  calls.print("get and put, while entries expire");
  control.print("nothing at all, meanwhile");
  auto stats = *xs.stats();
  fmt::print("{} entries expired, {} left after {:.0f} s\n", stats.expired,
             stats.size,
             std::chrono::duration<double>{clock_type::now() - begin}.count());
  static_cast<void>(actor_cache::stop_supervisor(system, tree));
  return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  return run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000);
}
