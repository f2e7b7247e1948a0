#include "collector.hpp"

#include "actor_cache/detail/caf_compat.hpp"

#include "../cache_registry.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/span.hpp>
#include <caf/spawn_options.hpp>
#include <caf/telemetry/gauge.hpp>
#include <caf/telemetry/label_view.hpp>

#include <algorithm>
#include <array>
#include <type_traits>

namespace actor_cache::detail {

namespace {

using caf::telemetry::label_view;

using label_pair = std::pair<std::string_view, std::string_view>;

/// The labels of a metric: the cache's name and perhaps one more.
class label_list {
public:
  label_list(std::string_view cache, const label_pair& more)
    : labels_{{"cache_name", to_caf(cache)},
              {to_caf(more.first), to_caf(more.second)}},
      size_(more.first.empty() ? 1 : 2) {
    // nop
  }

  operator caf::span<const label_view>() const noexcept {
    return {labels_, size_};
  }

private:
  label_view labels_[2];
  size_t size_;
};

/// The collector, and the actor that it lives as long as.
struct metrics_actor_state {
  caf::weak_actor_ptr keeper;
  metric_collector* metrics;
};

caf::behavior metrics_actor(caf::event_based_actor* self,
                            const metrics_actor_state& state) {
  auto schedule = [self](timespan interval) {
    // A message that is never read must not hold its receiver as its sender.
    detail::delayed_anon_send(caf::actor{self}, interval, caf::tick_atom_v);
  };
  schedule(state.metrics->interval());
  return {
    [state, schedule](caf::tick_atom) {
      auto keeper = caf::actor_cast<caf::strong_actor_ptr>(state.keeper);
      if (keeper == nullptr)
        return; // the actor system ends
      state.metrics->collect();
      schedule(state.metrics->interval());
    },
  };
}

/// The connections of a cache by their kinds, as the labels call these.
std::array<std::pair<std::string_view, size_t>, 5>
by_kind(const connection_counts& x) noexcept {
  return {{{"shared", x.shared},
           {"shared_up", x.shared_up},
           {"exclusive", x.exclusive},
           {"exclusive_in_use", x.exclusive_in_use},
           {"exclusive_limit", x.exclusive_limit}}};
}

/// A counter that only caches with connections have.
constexpr std::string_view connects = "connect";

} // namespace

metric_collector::metric_collector(cache_registry& of) : of_(of) {
  // nop
}

void metric_collector::start(timespan interval) {
  if (interval_.exchange(interval.count()) != 0)
    return;
  metrics_actor_state state{caf::weak_actor_ptr{of_.ctrl()}, this};
  of_.home_system().spawn<caf::hidden>(metrics_actor, state);
}

void metric_collector::collect() {
  if (of_.closed())
    return;
  std::lock_guard guard{mtx_};
  std::vector<std::string> names;
  for (const auto& x : figures_of(of_)) {
    collect(x);
    names.push_back(x.name);
  }
  for (const auto& x : known_)
    if (std::find(names.begin(), names.end(), x) == names.end())
      collect_gone(x);
  known_ = std::move(names);
}

void metric_collector::raise(std::string_view name, std::string_view help,
                             const std::string& cache, uint64_t count,
                             label_pair label) {
  std::vector<std::string> id{std::string{name}, cache,
                              std::string{label.second}};
  auto i = counters_.find(id);
  if (i == counters_.end()) {
    auto* target = of_.home_system().metrics().counter_instance<int64_t>(
      "actor_cache", to_caf(name), label_list{cache, label}, to_caf(help), "1",
      true);
    i = counters_.emplace(std::move(id), tracked_counter{target}).first;
  }
  auto& [target, seen] = i->second;
  auto more = count >= seen ? count - seen : count;
  seen = count;
  if (more > 0)
    target->inc(static_cast<int64_t>(more));
}

template <class T>
void metric_collector::set(std::string_view name, std::string_view help,
                           std::string_view unit, const std::string& cache,
                           T value, label_pair label) {
  of_.home_system()
    .metrics()
    .gauge_instance<T>("actor_cache", to_caf(name), label_list{cache, label},
                       to_caf(help), to_caf(unit))
    ->value(value);
}

void metric_collector::collect(const telemetry::cache_figures& x) {
  const auto& [name, stats] = std::tie(x.name, x.stats);
  raise("get", "Reads.", name, stats.hits + stats.misses);
  raise("hit", "Reads that found a value.", name, stats.hits);
  raise("miss", "Reads that found no value.", name, stats.misses);
  raise("put", "Entries written.", name, stats.puts);
  raise("delete", "Entries removed because a caller asked.", name,
        stats.erased);
  raise("load", "Runs of functions that make values.", name, stats.loads);
  raise("load_failure", "Runs that failed.", name, stats.load_failures);
  raise("restart", "Restarts of the actor of a cache.", name, x.restarts);
  const std::pair<std::string_view, uint64_t> causes[]
    = {{"erased", stats.erased},
       {"replaced", stats.replaced},
       {"expired", stats.expired},
       {"cleared", stats.cleared}};
  for (const auto& [cause, count] : causes)
    raise("eviction", "Entries that went.", name, count, {"cause", cause});
  for (const auto& [code, count] : x.errors)
    raise("error", "Calls that failed.", name, count, {"error", code});
  set<double>("hit_ratio", "Share of reads that found a value.", "1", name,
              stats.hit_ratio());
  if (x.size)
    set<int64_t>("size", "Entries in the store.", "1", name,
                 static_cast<int64_t>(*x.size));
  if (x.bytes)
    set<int64_t>("memory", "Bytes that the store holds.", "bytes", name,
                 static_cast<int64_t>(*x.bytes));
  if (!x.connections)
    return;
  set_connections(name, *x.connections);
  raise(connects, "Connections to servers that were made.", name,
        x.connections->times_connected);
}

void metric_collector::set_connections(const std::string& cache,
                                       const connection_counts& x) {
  for (const auto& [kind, count] : by_kind(x))
    set<int64_t>("connections", "Connections to servers.", "1", cache,
                 static_cast<int64_t>(count), {"kind", kind});
}

void metric_collector::collect_gone(const std::string& name) {
  // What it has counted stays; the next cache of that name counts from zero.
  for (auto& [id, x] : counters_)
    if (id[1] == name)
      x.seen = 0;
  set<int64_t>("size", "Entries in the store.", "1", name, 0);
  set<int64_t>("memory", "Bytes that the store holds.", "bytes", name, 0);
  if (counters_.contains({std::string{connects}, name, ""}))
    set_connections(name, {});
}

} // namespace actor_cache::detail
