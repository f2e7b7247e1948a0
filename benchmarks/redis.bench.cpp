// What Redis costs through a cache, beside what the same server gives to
// hiredis alone and to redis-benchmark, all in one run. Prints a table; an
// argument such as "bc" names its rows.

#include "support/core_distance.hpp"
#include "support/delaying_proxy.hpp"
#include "support/redis_process.hpp"

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/adapters/redis.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>

#include <hiredis/hiredis.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace std::literals;

using actor_cache::cache;
using actor_cache::bench::core_distance;
using actor_cache::bench::delaying_proxy;
using actor_cache::bench::redis_process;
using steady = std::chrono::steady_clock;

/// How long each is measured in one round. Rounds alternate, so that a busy
/// machine is so to both.
constexpr auto duration = 1s;
constexpr size_t rounds = 5;

/// How often something was done, and how long it took.
struct measured {
  double per_second = 0.0;
  double p50 = 0.0;
  double p99 = 0.0;

  /// Microseconds of a core that one takes here and at the server.
  double cpu = 0.0;

  /// How far the cores were from each other before and after, in nanoseconds.
  double distance = 0.0;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](timeval x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Runs `f` and returns how much time of the cores it took, here and at the
/// server.
template <class F>
double cpu_seconds_of(const redis_process& server, F f) {
  auto before = cpu_seconds() + server.cpu_seconds();
  f();
  return cpu_seconds() + server.cpu_seconds() - before;
}

/// Runs `make()()` on some threads for a while, over and over.
template <class Make>
measured on_threads(const redis_process& server, size_t count, Make make) {
  std::vector<std::vector<uint32_t>> times(count);
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  auto begin = steady::now();
  for (size_t index = 0; index < count; ++index)
    threads.emplace_back([&, index] {
      auto ask = make();
      while (!over) {
        auto before = steady::now();
        ask();
        times[index].push_back(
          static_cast<uint32_t>((steady::now() - before).count()));
      }
    });
  auto cpu = cpu_seconds_of(server, [&] {
    std::this_thread::sleep_for(duration);
    over = true;
    for (auto& x : threads)
      x.join();
  });
  auto seconds = std::chrono::duration<double>{steady::now() - begin}.count();
  std::vector<uint32_t> all;
  for (auto& x : times)
    all.insert(all.end(), x.begin(), x.end());
  std::sort(all.begin(), all.end());
  auto at = [&](double share) {
    return all[static_cast<size_t>(static_cast<double>(all.size() - 1) * share)]
           / 1000.0;
  };
  auto number = static_cast<double>(all.size());
  return {number / seconds, at(0.5), at(0.99), cpu / number * 1e6};
}

/// A connection of hiredis' own, which blocks.
auto bare_hiredis(uint16_t port) {
  return [port] {
    std::shared_ptr<redisContext> link{redisConnect("127.0.0.1", port),
                                       redisFree};
    return [link] {
      auto* reply
        = static_cast<redisReply*>(redisCommand(link.get(), "GET users:key"));
      freeReplyObject(reply);
    };
  };
}

auto through_handle(const cache<std::string>& users) {
  return [users] {
    return [users] {
      if (auto x = users.get("key"); !x || !*x) {
        fmt::print(stderr, "failed: {}\n", x ? "a miss" : to_string(x.error()));
        std::abort();
      }
    };
  };
}

/// As many threads as connections, as a pool of workers has.
measured pool_of(const redis_process& server, size_t count, uint16_t port) {
  return on_threads(server, count, bare_hiredis(port));
}

struct tally {
  std::atomic<bool> over{false};
  std::atomic<uint64_t> answers{0};
  std::atomic<size_t> ended{0};
};

/// An actor that asks again as soon as it has its answer.
class asker {
public:
  asker(caf::event_based_actor* self, const cache<std::string>& users,
        tally& shared)
    : users_(users.async(self)), shared_(shared) {
    // nop
  }

  void ask() {
    users_.get("key").then(
      [this](const std::optional<std::string>& x) {
        if (!x)
          std::abort();
        shared_.answers.fetch_add(1, std::memory_order_relaxed);
        if (!shared_.over)
          ask();
        else
          ++shared_.ended;
      },
      [](const caf::error& err) {
        fmt::print(stderr, "failed: {}\n", to_string(err));
        std::abort();
      });
  }

private:
  actor_cache::async_cache<std::string, caf::event_based_actor> users_;
  tally& shared_;
};

/// Actors of which each has one request on its way, all the time.
measured by_actors(const redis_process& server, caf::actor_system& system,
                   const cache<std::string>& users, size_t count) {
  tally shared;
  auto worker = [&shared, users](caf::event_based_actor* self) {
    auto mine = std::make_shared<asker>(self, users, shared);
    self->attach_functor([mine] {}); // lives as long as the actor
    mine->ask();
  };
  auto begin = steady::now();
  for (size_t index = 0; index < count; ++index)
    system.spawn(worker);
  auto cpu = cpu_seconds_of(server, [&] {
    std::this_thread::sleep_for(duration);
    shared.over = true;
  });
  auto seconds = std::chrono::duration<double>{steady::now() - begin}.count();
  auto number = static_cast<double>(shared.answers);
  while (shared.ended < count)
    std::this_thread::yield();
  auto each = seconds * static_cast<double>(count) / number * 1e6;
  return {number / seconds, each, 0.0, cpu / number * 1e6};
}

double resident_kib() {
  std::ifstream in{"/proc/self/statm"};
  long size = 0;
  long resident = 0;
  in >> size >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / 1024.0;
}

/// Returns the round of median throughput.
measured median_of(std::vector<measured> xs) {
  auto middle = xs.begin() + static_cast<ptrdiff_t>(xs.size() / 2);
  std::nth_element(xs.begin(), middle, xs.end(),
                   [](const measured& lhs, const measured& rhs) {
                     return lhs.per_second < rhs.per_second;
                   });
  return *middle;
}

/// Measures by turns what `ours()` and `peer()` give, and prints a row.
template <class Ours, class Peer>
void compare(std::string_view what, Ours ours, Peer peer) {
  std::vector<measured> xs;
  std::vector<measured> ys;
  for (size_t round = 0; round < rounds; ++round) {
    auto before = core_distance().count();
    xs.push_back(ours());
    xs.back().distance = std::max(before, core_distance().count());
    ys.push_back(peer());
  }
  auto x = median_of(std::move(xs));
  auto y = median_of(std::move(ys));
  fmt::print("| {:<52} | {:>9.0f} | {:>7.1f} | {:>7.1f} | {:>6.2f} | {:>4.0f} "
             "| {:>9.0f} | {:>7.1f} | {:>7.1f} | {:>6.2f} | {:>5.2f} |\n",
             what, x.per_second, x.p50, x.p99, x.cpu, x.distance, y.per_second,
             y.p50, y.p99, y.cpu, x.per_second / y.per_second);
  std::fflush(stdout);
}

bool names(std::string_view rows, char row) {
  return rows.find(row) != rows.npos;
}

/// A running cache with one entry.
class running {
public:
  running(caf::actor_system& system, const std::string& name,
          actor_cache::redis_options options)
    : system_(system) {
    options.key_prefix = "users";
    tree_ = *actor_cache::start_supervisor(
      system, {actor_cache::cache_spec{.name = name, .adapter = options}},
      {.name = "tree of " + name});
    handle_.emplace(*cache<std::string>::find(system, name));
    if (!handle_->put("key", std::string(100, 'x')))
      std::abort();
  }

  ~running() {
    static_cast<void>(actor_cache::stop_supervisor(system_, tree_));
  }

  const cache<std::string>& operator*() const {
    return *handle_;
  }

private:
  caf::actor_system& system_;
  actor_cache::supervisor_actor tree_;
  std::optional<cache<std::string>> handle_;
};

/// 256 actors and redis-benchmark, which has as many requests under way.
void many_actors(caf::actor_system& system, redis_process& server,
                 std::string_view what) {
  running users{system, "many users", {.port = server.port()}};
  compare(
    what, [&] { return by_actors(server, system, *users, 256); },
    [&] { return measured{server.redis_benchmark(16, 16), 0, 0}; });
}

void near(caf::actor_system& system, const redis_process& server,
          std::string_view rows) {
  auto port = server.port();
  running users{system, "users", {.port = port}};
  if (names(rows, 'a'))
    compare(
      "(a) one thread; peer: hiredis",
      [&] { return on_threads(server, 1, through_handle(*users)); },
      [&] { return on_threads(server, 1, bare_hiredis(port)); });
  if (names(rows, 'b'))
    compare(
      "(b) 16 threads; peer: hiredis, a connection each",
      [&] { return on_threads(server, 16, through_handle(*users)); },
      [&] { return on_threads(server, 16, bare_hiredis(port)); });
}

/// CAF starts four workers at least, however few cores there are.
void as_many_workers_as_cores(redis_process& server) {
  caf::actor_system_config config;
  config.set("caf.scheduler.max-threads",
             uint64_t{std::thread::hardware_concurrency()});
  caf::actor_system system{config};
  many_actors(system, server, "    the same with as many workers as cores");
}

void far_away(caf::actor_system& system, const redis_process& server) {
  delaying_proxy far{server.port(), 250us};
  running distant{system, "distant", {.port = far.port()}};
  compare(
    "(d) 256 actors, 0.5 ms away; peer: 50 connections",
    [&] { return by_actors(server, system, *distant, 256); },
    [&] { return pool_of(server, 50, far.port()); });
  compare(
    "    16 threads, 0.5 ms away; peer: hiredis, one each",
    [&] { return on_threads(server, 16, through_handle(*distant)); },
    [&] { return pool_of(server, 16, far.port()); });
}

void at_rest(caf::actor_system& system, uint16_t port) {
  auto before = resident_kib();
  running many{system, "many", {.port = port, .connections = 64}};
  for (auto index = 0; index < 4096; ++index)
    static_cast<void>((*many).get(std::to_string(index)));
  auto each = (resident_kib() - before) / 64.0;
  auto busy = cpu_seconds();
  std::this_thread::sleep_for(duration);
  busy = cpu_seconds() - busy;
  fmt::print("\n(e) {:.0f} KiB for each idle connection; {:.3f} % of a core at "
             "rest with 64 of them;\n    a reply of n bytes is copied 3 n "
             "bytes: out of the kernel, out of the reader's buffer, and by "
             "decoding\n",
             each,
             busy / std::chrono::duration<double>{duration}.count() * 100);
}

/// Prints the rows that `rows` names.
void run(caf::actor_system& system, std::string_view rows) {
  redis_process server;
  fmt::print("| what | a second | p50 us | p99 us | cpu us | cores ns | peer "
             "| p50 us | p99 us | cpu us | ratio |\n"
             "|---|---|---|---|---|---|---|---|---|---|---|\n");
  near(system, server, rows);
  if (names(rows, 'c')) {
    many_actors(system, server,
                "(c) 256 actors; peer: redis-benchmark -c 16 -P 16");
    as_many_workers_as_cores(server);
  }
  if (names(rows, 'd'))
    far_away(system, server);
  if (names(rows, 'e'))
    at_rest(system, server.port());
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  run(system, argc > 1 ? argv[1] : "abcde");
}
