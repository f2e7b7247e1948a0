// Looks package records up in a file that has no index: without a cache, in a
// cache by messages to its actor, and in a cache by its handle. The cache's
// actor is killed in mid-run, twice; its supervisor starts it again and no
// entry is lost.
//
// usage: 01_hello_cache [file of package records]

#include "actor_cache/actor_cache.hpp"

#include "support/mail.hpp"
#include "support/package_file.hpp"
#include "support/popularity.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

CAF_BEGIN_TYPE_ID_BLOCK(hello_cache, caf::first_custom_type_id)
CAF_ADD_ATOM(hello_cache, without_cache_atom)
CAF_ADD_ATOM(hello_cache, with_cache_atom)
CAF_END_TYPE_ID_BLOCK(hello_cache)

namespace {

using namespace std::chrono_literals;
using namespace examples;

using actor_cache::cache_actor;
using actor_cache::cache_stats;

using package_cache = actor_cache::cache<package>;

using steady = std::chrono::steady_clock;

// -- by the handle: workers ---------------------------------------------------

/// Looks so many names up and answers how long that took.
using worker_actor
  = caf::typed_actor<caf::result<caf::timespan>(without_cache_atom, uint64_t),
                     caf::result<caf::timespan>(with_cache_atom, uint64_t)>;

class worker_state {
public:
  worker_state(worker_actor::pointer, package_file source, package_cache cache,
               uint64_t seed)
    : source_(std::move(source)),
      cache_(std::move(cache)),
      names_(source_.names(), seed) {
    // nop
  }

  worker_actor::behavior_type make_behavior() {
    return {
      [this](without_cache_atom, uint64_t count) {
        return look_up(count, [this](const std::string& name) {
          return source_.find(name);
        });
      },
      [this](with_cache_atom, uint64_t count) {
        return look_up(count, [this](const std::string& name) {
          return cache_.get_or_create(name, [&] { return source_.find(name); });
        });
      },
    };
  }

private:
  template <class F>
  caf::result<caf::timespan> look_up(uint64_t count, F find) {
    auto start = steady::now();
    for (uint64_t i = 0; i < count; ++i)
      if (auto found = find(names_.draw()); !found)
        return std::move(found.error());
    return caf::timespan{steady::now() - start};
  }

  package_file source_;
  package_cache cache_;
  popularity names_;
};

/// Workers that all do the same at the same time.
class workforce {
public:
  workforce(caf::actor_system& system, const package_file& source,
            const package_cache& cache)
    : self_(system) {
    using impl = worker_actor::stateful_impl<worker_state>;
    auto count = std::clamp(std::thread::hardware_concurrency(), 2u, 8u);
    // They read files, which takes a thread of one's own.
    for (uint64_t seed = 1; seed <= count; ++seed)
      workers_.push_back(
        system.spawn<impl, caf::detached>(source, cache, seed));
  }

  uint64_t size() const noexcept {
    return workers_.size();
  }

  /// Gives each worker two tasks of `count` look-ups; calls `midway` when the
  /// first of them is done. Returns the time that all look-ups took together.
  template <class Atom, class F>
  caf::expected<caf::timespan> run(Atom how, uint64_t count, F midway) {
    auto give = [&](const worker_actor& to) {
      return ask(self_, to, caf::infinite, how, count);
    };
    std::vector<decltype(give(workers_[0]))> tasks;
    std::transform(workers_.begin(), workers_.end(), std::back_inserter(tasks),
                   give);
    std::transform(workers_.begin(), workers_.end(), std::back_inserter(tasks),
                   give);
    caf::timespan total{0};
    caf::error failure;
    for (auto& task : tasks) {
      std::move(task).receive([&](caf::timespan took) { total += took; },
                              [&](caf::error& err) {
                                failure = std::move(err);
                              });
      if (&task == &tasks.front())
        midway();
    }
    if (!failure.empty())
      return failure;
    return total;
  }

private:
  caf::scoped_actor self_;
  std::vector<worker_actor> workers_;
};

// -- by messages: a client that knows the cache's actor -----------------------

class client {
public:
  client(caf::actor_system& system, package_file source, cache_actor at)
    : self_(system), source_(std::move(source)), at_(std::move(at)) {
    // nop
  }

  caf::expected<package> look_up(const std::string& name) {
    auto found = call(actor_cache::msg::get{name});
    if (!found)
      return std::move(found.error());
    if (*found)
      return (**found).as<package>();
    auto loaded = source_.find(name);
    if (!loaded)
      return loaded;
    auto value = actor_cache::term::of(*loaded);
    if (auto put = call(actor_cache::msg::put{name, std::move(value)}); !put)
      return std::move(put.error());
    return loaded;
  }

  /// Sends a message; once more where the actor ended before it could answer.
  template <class Op>
  caf::expected<typename Op::result> call(Op op) {
    auto answer = send(op);
    if (answer || answer.error() != caf::sec::request_receiver_down)
      return answer;
    return send(op);
  }

private:
  template <class Op>
  caf::expected<typename Op::result> send(Op op) {
    using answer_type = caf::expected<typename Op::result>;
    answer_type answer{caf::error{caf::sec::runtime_error}};
    auto failed = [&](caf::error& err) { answer = std::move(err); };
    auto pending = ask(self_, at_, 5s, std::move(op));
    if constexpr (std::is_void_v<typename Op::result>)
      std::move(pending).receive([&] { answer = answer_type{}; }, failed);
    else
      std::move(pending).receive(
        [&](typename Op::result& x) { answer = std::move(x); }, failed);
    return answer;
  }

  caf::scoped_actor self_;
  package_file source_;
  cache_actor at_;
};

// -- the measurement ----------------------------------------------------------

/// A row of the table.
struct measurement {
  const char* name;
  uint64_t lookups;
  caf::timespan time;
  cache_stats seen = {};
};

void print(const measurement& x) {
  using microseconds = std::chrono::duration<double, std::micro>;
  auto each = microseconds{x.time}.count() / static_cast<double>(x.lookups);
  if (x.seen.hits + x.seen.misses == 0)
    fmt::print("{:<22}{:>9}{:>9}{:>9}{:>11}{:>13.2f} us\n", x.name, x.lookups,
               "-", "-", "-", each);
  else
    fmt::print("{:<22}{:>9}{:>9}{:>9}{:>10.2f}%{:>13.2f} us\n", x.name,
               x.lookups, x.seen.hits, x.seen.misses, 100 * x.seen.hit_ratio(),
               each);
}

/// Runs `work` on the empty cache. `work` gets a function that kills the
/// cache's actor, and returns the time that its look-ups took.
template <class F>
caf::expected<measurement> measure(const char* name, uint64_t lookups,
                                   const package_cache& cache, F work) {
  auto at = cache.actor();
  if (!at)
    return std::move(at.error());
  auto before = cache.stats();
  if (!before)
    return std::move(before.error());
  auto kill = [&] { caf::anon_send_exit(*at, caf::exit_reason::kill); };
  caf::expected<caf::timespan> time = work(kill);
  if (!time)
    return std::move(time.error());
  auto seen = cache.stats();
  if (!seen)
    return std::move(seen.error());
  seen->hits -= before->hits;
  seen->misses -= before->misses;
  seen->puts -= before->puts;
  return measurement{name, lookups, *time, *seen};
}

// -- the program --------------------------------------------------------------

caf::expected<measurement> without_cache(workforce& workers) {
  // Each of them reads the file from its beginning, so they are few.
  constexpr uint64_t count = 100;
  auto time = workers.run(without_cache_atom_v, count, [] {});
  if (!time)
    return std::move(time.error());
  return measurement{"without a cache", 2 * count * workers.size(), *time};
}

caf::expected<measurement> by_handle(workforce& workers,
                                     const package_cache& cache) {
  constexpr uint64_t count = 100'000;
  return measure("cache, by its handle", 2 * count * workers.size(), cache,
                 [&](auto kill) {
                   return workers.run(with_cache_atom_v, count, kill);
                 });
}

caf::expected<measurement> by_messages(client& reader, popularity names,
                                       const package_cache& cache) {
  constexpr uint64_t count = 20'000;
  return measure("cache, by messages", count, cache,
                 [&](auto kill) -> caf::expected<caf::timespan> {
                   auto start = steady::now();
                   for (uint64_t i = 0; i < count; ++i) {
                     if (i == count / 2)
                       kill();
                     if (auto found = reader.look_up(names.draw()); !found)
                       return std::move(found.error());
                   }
                   return caf::timespan{steady::now() - start};
                 });
}

caf::expected<std::vector<measurement>> run(caf::actor_system& system,
                                            const package_file& source,
                                            const package_cache& cache) {
  workforce workers{system, source, cache};
  std::vector<measurement> rows;
  auto add = [&](caf::expected<measurement> row) {
    if (row)
      rows.push_back(*row);
    return row ? caf::error{} : std::move(row.error());
  };
  if (auto err = add(without_cache(workers)); !err.empty())
    return err;
  if (auto err = add(by_handle(workers, cache)); !err.empty())
    return err;
  if (auto cleared = cache.clear(); !cleared)
    return std::move(cleared.error());
  // An address that is good for all actors that will run the cache.
  auto at = cache.waiting(5s).actor();
  if (!at)
    return std::move(at.error());
  client reader{system, source, *at};
  popularity names{source.names(), 0};
  if (auto err = add(by_messages(reader, names, cache)); !err.empty())
    return err;
  return rows;
}

/// Returns how often the actor of the one cache was started again.
caf::expected<uint64_t>
restarts(caf::actor_system& system,
         const actor_cache::supervisor_actor& supervisor) {
  auto children = actor_cache::which_children(system, supervisor);
  if (!children)
    return std::move(children.error());
  return children->front().restarts;
}

void print(const std::vector<measurement>& rows, uint64_t restarts) {
  fmt::print("\n{:<22}{:>9}{:>9}{:>9}{:>11}{:>16}\n", "", "look-ups", "hits",
             "misses", "hit rate", "per look-up");
  for (const auto& row : rows)
    print(row);
  fmt::print("\nThe actor of the cache was killed in mid-run and restarted {} "
             "times:\n",
             restarts);
  for (const auto& row : rows)
    if (row.seen.puts > 0)
      fmt::print("{}: {} of {} entries are still there\n", row.name,
                 row.seen.size, row.seen.puts);
}

int fail(const caf::error& reason) {
  fmt::print(stderr, "01_hello_cache: {}\n", actor_cache::message_of(reason));
  return EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  caf::init_global_meta_objects<caf::id_block::hello_cache>();
  actor_cache::init_global_meta_objects();
  auto source = package_file::open(argc > 1 ? argv[1]
                                            : package_file::default_path);
  if (!source)
    return fail(source.error());
  fmt::print("{}: {} packages in {} KiB\n", source->path(),
             source->names().size(), source->size() / 1024);
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto supervisor = actor_cache::start_supervisor(
    system,
    {actor_cache::cache_spec{.name = "packages", .default_ttl = 10min}});
  if (!supervisor)
    return fail(supervisor.error());
  auto cache = package_cache::find(system, "packages");
  if (!cache)
    return fail(cache.error());
  auto rows = run(system, *source, *cache);
  if (!rows)
    return fail(rows.error());
  auto restarted = restarts(system, *supervisor);
  if (!restarted)
    return fail(restarted.error());
  print(*rows, *restarted);
  if (auto stopped = actor_cache::stop_supervisor(system, *supervisor);
      !stopped)
    return fail(stopped.error());
}
