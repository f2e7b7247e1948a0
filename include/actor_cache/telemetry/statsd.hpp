#pragma once

#include "actor_cache/types.hpp"

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache::telemetry {

/// Where the names of a cache and of an error go in StatsD.
enum class statsd_tags : uint8_t {
  /// Into the name of the metric: "actor_cache.users.get:17|c".
  none,
  /// Into tags, as DogStatsD has them: "actor_cache.get:17|c|#cache:users".
  dogstatsd,
};

struct statsd_options {
  /// A name or an address; looked up once, at the start.
  std::string host = "127.0.0.1";

  uint16_t port = 8125;

  /// What the names of all metrics begin with.
  std::string prefix = "actor_cache";

  statsd_tags tags = statsd_tags::dogstatsd;

  /// Sent with each metric, as tags; with `statsd_tags::none` there must be
  /// none.
  std::vector<std::pair<std::string, std::string>> constant_tags = {};

  timespan interval = std::chrono::seconds{10};

  /// Metrics are joined to datagrams of up to so many bytes. What fits into
  /// Ethernet's 1500 with the headers of IPv6 and a tunnel arrives whole.
  size_t max_datagram_bytes = 1432;

  /// Datagrams in one second; what is beyond that is sent in the next ones, and
  /// dropped where the next report is due before.
  size_t max_datagrams_per_second = 1000;

  /// @returns `errc::invalid_argument`, naming the option
  caf::error validate() const;
};

/// What a reporter has done.
struct statsd_counts {
  uint64_t reports = 0;
  uint64_t datagrams = 0;

  /// Datagrams that were not sent: over the rate, or the socket did not take
  /// them at once.
  uint64_t dropped = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, statsd_counts& x) {
    return f.object(x).fields(f.field("reports", x.reports),
                              f.field("datagrams", x.datagrams),
                              f.field("dropped", x.dropped));
  }
};

/// Starts an actor that sends the figures of all caches to a StatsD server:
/// counters as differences, gauges, and timings if `start_metrics` measures
/// them. It never waits for the network. Ends by an exit message, or with the
/// actor system. Answers `caf::flush_atom` with `statsd_counts`, after a report
/// made now, and `caf::get_atom` with the same at once.
///
/// Blocks while `host` is looked up.
/// @returns `errc::invalid_argument`, `errc::unavailable` where there is no
/// such
///          host, `errc::io_error`
caf::expected<caf::actor> start_statsd_reporter(caf::actor_system& system,
                                                statsd_options options = {});

} // namespace actor_cache::telemetry
