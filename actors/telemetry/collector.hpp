#pragma once

#include "actor_cache/telemetry/metrics.hpp"
#include "actor_cache/telemetry/snapshot.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/metric_registry.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::detail {

class cache_registry;

/// Returns the figures of the caches in `of`, by name.
std::vector<telemetry::cache_figures> figures_of(const cache_registry& of);

/// Writes what caches have counted to CAF's metric registry.
///
/// Thread safety: all members may be called at the same time.
class metric_collector {
public:
  explicit metric_collector(cache_registry& of);

  void collect();

  /// Collects every so often from now on.
  void start(timespan interval);

  timespan interval() const noexcept {
    return timespan{interval_.load()};
  }

private:
  /// A counter of CAF's, and what the cache's own was when it was read last.
  struct tracked_counter {
    caf::telemetry::int_counter* target;
    uint64_t seen = 0;
  };

  void collect(const telemetry::cache_figures& x);

  void collect_gone(const std::string& name);

  void set_connections(const std::string& cache, const connection_counts& x);

  /// Adds to a counter what has come since the last time. A count that is lower
  /// than before is that of a cache that was started anew.
  void raise(std::string_view name, std::string_view help,
             const std::string& cache, uint64_t count,
             std::pair<std::string_view, std::string_view> label = {});

  template <class T>
  void set(std::string_view name, std::string_view help, std::string_view unit,
           const std::string& cache, T value,
           std::pair<std::string_view, std::string_view> label = {});

  cache_registry& of_;
  std::mutex mtx_;
  std::map<std::vector<std::string>, tracked_counter> counters_;
  std::vector<std::string> known_;
  std::atomic<timespan::rep> interval_{0};
};

} // namespace actor_cache::detail
