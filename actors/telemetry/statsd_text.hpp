#pragma once

#include "actor_cache/telemetry/snapshot.hpp"
#include "actor_cache/telemetry/statsd.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::telemetry {

/// Puts figures into the lines of StatsD's protocol, and lines into datagrams.
/// Remembers what counters were, to send differences.
class statsd_text {
public:
  explicit statsd_text(const statsd_options& options);

  /// Returns the datagrams for what the caches say now.
  std::vector<std::string> report(const std::vector<cache_figures>& all);

private:
  using tag = std::pair<std::string_view, std::string_view>;

  void add_cache(const cache_figures& x);

  void add_operation(const cache_figures& of, const operation_figures& x);

  /// Adds a counter that was raised since the last time.
  void count(std::string_view name, std::string_view cache, uint64_t value,
             tag more = {});

  void gauge(std::string_view name, std::string_view cache,
             std::string_view value, tag more = {});

  void line(std::string_view name, std::string_view cache,
            std::string_view value, std::string_view type, const tag& more);

  const statsd_options options_;
  std::string constant_tags_;
  std::map<std::string, uint64_t> seen_;
  std::vector<std::string> datagrams_;
};

} // namespace actor_cache::telemetry
