// How long calls to an ets cache take while ten million entries with random
// lifetimes expire, and what each entry costs.
//
// A call may also be slow because the system gave a core to somebody else: that
// of its own thread, or that of the thread that sweeps, while it holds what the
// call waits for. Linux tells for how long each thread was ready to run and had
// no core, so the table has each figure twice: as it was, and less the most
// that any one thread has waited since its batch of 64 calls began, a lower
// bound of what the table is to blame for. What a hypervisor takes away nobody
// tells: for that there is a row in which the same thread does nothing but read
// the clock, for as long as it made calls.
//
// usage: expiry_bench [number of entries [bytes of a value, else integers]]

#include "actor_cache/actor_cache.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
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

/// Tells for how long threads wait for a core. Knows the threads that there are
/// when it is made.
class core_waits {
public:
  core_waits() {
    namespace fs = std::filesystem;
    for (const auto& thread : fs::directory_iterator{"/proc/self/task"})
      threads_.push_back({std::ifstream{thread.path() / "schedstat"}});
  }

  /// Returns the most that one thread has waited since the last call.
  clock_type::duration read() {
    int64_t longest = 0;
    for (auto& x : threads_) {
      x.in.clear();
      x.in.seekg(0);
      int64_t on_core = 0;
      int64_t waited = 0;
      x.in >> on_core >> waited;
      longest = std::max(longest, waited - std::exchange(x.waited, waited));
    }
    return std::chrono::nanoseconds{longest};
  }

private:
  struct thread_waits {
    std::ifstream in;
    int64_t waited = 0;
  };

  std::vector<thread_waits> threads_;
};

/// The longest of many spans, and how many were long.
class longest_of {
public:
  void add(clock_type::duration x) {
    longest_ = std::max(longest_, x);
    over_1ms_ += x > 1ms ? 1 : 0;
    over_5ms_ += x > 5ms ? 1 : 0;
  }

  void print(const char* what) const {
    fmt::print("    {:<26} longest {:>9.3f} ms, {} over 1 ms, {} over 5 ms\n",
               what,
               std::chrono::duration<double, std::milli>{longest_}.count(),
               over_1ms_, over_5ms_);
  }

private:
  clock_type::duration longest_{0};
  size_t over_1ms_ = 0;
  size_t over_5ms_ = 0;
};

/// How long each of many calls took.
class spans {
public:
  explicit spans(core_waits& waits) : waits_(waits) {
    // nop
  }

  /// To be called every now and then: what a thread has waited for is known
  /// from here on.
  void begin_batch() {
    static_cast<void>(waits_.read());
  }

  template <class F>
  void time(F f) {
    auto from = clock_type::now();
    f();
    add(clock_type::now() - from);
  }

  /// Reads the clock for `how_long`, as calls that take no time.
  void idle(clock_type::duration how_long) {
    auto end = clock_type::now() + how_long;
    for (auto last = clock_type::now(); last < end;) {
      auto now = clock_type::now();
      add(now - last);
      last = now;
    }
  }

  void print(const char* what) const {
    fmt::print("{}: {} calls\n", what, count_);
    as_was_.print("wall time");
    on_core_.print("without waits for a core");
  }

private:
  void add(clock_type::duration took) {
    as_was_.add(took);
    // Asking takes a microsecond for each thread.
    if (took > 1ms)
      took = std::max(took - waits_.read(), clock_type::duration{0});
    on_core_.add(took);
    ++count_;
  }

  core_waits& waits_;
  longest_of as_was_;
  longest_of on_core_;
  size_t count_ = 0;
};

/// Lifetimes are random up to this.
constexpr auto longest_lifetime = 600'000ms;

std::string key_of(uint64_t n) {
  return fmt::format("user:{}", n);
}

/// Puts all entries.
template <class V>
void fill(cache<V>& xs, size_t entries, const V& value,
          std::mt19937_64& random) {
  core_waits waits;
  spans calls{waits};
  auto before = resident_bytes();
  for (size_t n = 0; n < entries; ++n) {
    auto key = key_of(n);
    auto lifetime = 1ms + random() % longest_lifetime.count() * 1ms;
    if (n % 64 == 0)
      calls.begin_batch();
    calls.time([&] { static_cast<void>(xs.put(key, value, lifetime)); });
  }
  calls.print("put, while the table grows");
  fmt::print("{:.1f} bytes an entry\n",
             (resident_bytes() - before) / static_cast<double>(entries));
}

/// Gets and puts while time goes by ten times as fast, until all is over.
template <class V>
void expire(cache<V>& xs, size_t entries, const V& value,
            std::mt19937_64& random, driven_clock& time) {
  core_waits waits;
  spans calls{waits};
  spans control{waits};
  auto end = time.now() + longest_lifetime;
  auto begin = clock_type::now();
  for (auto last = begin; time.now() < end || *xs.size() > 0;) {
    calls.begin_batch();
    auto from = clock_type::now();
    for (int i = 0; i < 64; ++i) {
      auto key = key_of(random() % entries);
      if (i % 8 == 0 && time.now() < end)
        calls.time([&] { static_cast<void>(xs.put(key, value, 1ms)); });
      else
        calls.time([&] { static_cast<void>(xs.get(key)); });
    }
    control.begin_batch();
    control.idle(clock_type::now() - from);
    auto now = clock_type::now();
    time.elapsed += (now - last).count() * 10;
    last = now;
  }
  calls.print("get and put, while entries expire");
  control.print("the clock, meanwhile");
  fmt::print("{} entries expired in {:.0f} s\n", xs.stats()->expired,
             std::chrono::duration<double>{clock_type::now() - begin}.count());
}

template <class V>
int run(size_t entries, const V& value) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto time = std::make_shared<driven_clock>();
  auto tree = *actor_cache::start_supervisor(
    system, {actor_cache::cache_spec{
              .name = "bench", .sweep_interval = 10ms, .clock = time}});
  auto xs = *cache<V>::find(system, "bench");
  std::mt19937_64 random{1};
  auto before = resident_bytes();
  fill(xs, entries, value, random);
  expire(xs, entries, value, random, *time);
  fmt::print("{:.0f} MB are left of them\n", (resident_bytes() - before) / 1e6);
  static_cast<void>(actor_cache::stop_supervisor(system, tree));
  return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  auto entries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  if (argc > 2)
    return run(entries, std::string(std::strtoull(argv[2], nullptr, 10), 'x'));
  return run(entries, int64_t{1});
}
