#include "actor_cache/telemetry.hpp"

#include "actor_cache/detail/caf_compat.hpp"

#include "support/udp_receiver.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <set>

using namespace actor_cache;
using namespace actor_cache::test;

// The reporter for StatsD, to a socket of the test's.

namespace {

using telemetry::statsd_counts;
using telemetry::statsd_options;
using telemetry::statsd_tags;

/// A reporter that reports when the test says so.
class reporter {
public:
  reporter(caf::actor_system& system, statsd_options options)
    : system_(system),
      hdl_(must(telemetry::start_statsd_reporter(system, std::move(options)))) {
    // nop
  }

  ~reporter() {
    caf::anon_send_exit(hdl_, caf::exit_reason::user_shutdown);
  }

  statsd_counts report() {
    return ask(caf::flush_atom_v);
  }

  statsd_counts counts() {
    return ask(caf::get_atom_v);
  }

private:
  template <class Atom>
  statsd_counts ask(Atom what) {
    caf::scoped_actor self{system_};
    statsd_counts result;
    detail::request(self.ptr(), hdl_, detail::no_timeout, what)
      .receive([&](const statsd_counts& x) { result = x; },
               [](const caf::error& err) { FAIL(to_string(err)); });
    return result;
  }

  caf::actor_system& system_;
  caf::actor hdl_;
};

bool has(const std::vector<std::string>& lines, const std::string& wanted) {
  return std::find(lines.begin(), lines.end(), wanted) != lines.end();
}

} // namespace

TEST_CASE("counters are sent as differences, gauges as they are",
          "[telemetry]") {
  world w{{cache_spec{.name = "users"}}};
  auto xs = w.find<int>("users");
  udp_receiver server;
  reporter x{w.system(), {.port = server.port(), .interval = 1h}};
  must(xs.put("a", 1));
  must(xs.put("b", 1));
  must(xs.get("a"));
  must(xs.get("none"));
  CHECK(code_of(xs.put_if("a", 1, 99)) == errc::version_conflict);
  x.report();
  auto first = server.lines();
  CHECK(has(first, "actor_cache.put:2|c|#cache:users"));
  CHECK(has(first, "actor_cache.get:2|c|#cache:users"));
  CHECK(has(first, "actor_cache.miss:1|c|#cache:users"));
  CHECK(
    has(first, "actor_cache.error:1|c|#cache:users,error:version_conflict"));
  CHECK(has(first, "actor_cache.size:2|g|#cache:users"));
  CHECK(has(first, "actor_cache.hit_ratio:0.5000|g|#cache:users"));
  must(xs.put("c", 1));
  x.report();
  auto second = server.lines();
  CHECK(has(second, "actor_cache.put:1|c|#cache:users"));
  CHECK(has(second, "actor_cache.size:3|g|#cache:users"));
  for (const auto& line : second)
    CHECK_FALSE(line.starts_with("actor_cache.get:"));
}

TEST_CASE("times are sent where metrics measure them", "[telemetry]") {
  world w;
  w.start({w.timed({.name = "xs"})});
  REQUIRE(telemetry::start_metrics(w.system(), {.sample_every = 1}).empty());
  auto xs = w.find<int>("xs");
  must(xs.update("a", [&](auto) {
    w.clock()->advance(40ms);
    return 1;
  }));
  udp_receiver server;
  reporter x{w.system(), {.port = server.port(), .interval = 1h}};
  x.report();
  auto lines = server.lines();
  CHECK(has(lines, "actor_cache.update.duration.p50:50|ms|#cache:xs"));
  CHECK(has(lines, "actor_cache.update.duration.p99:50|ms|#cache:xs"));
}

TEST_CASE("without tags everything is in the name", "[telemetry]") {
  world w{{cache_spec{.name = "eu.users"}}};
  auto xs = w.find<int>("eu.users");
  udp_receiver server;
  reporter x{w.system(),
             {.port = server.port(),
              .prefix = "shop.caches",
              .tags = statsd_tags::none,
              .interval = 1h}};
  must(xs.put("a", 1));
  CHECK(code_of(xs.put_if("a", 1, 99)) == errc::version_conflict);
  x.report();
  auto lines = server.lines();
  CHECK(has(lines, "shop.caches.eu_users.put:1|c"));
  CHECK(has(lines, "shop.caches.eu_users.error.version_conflict:1|c"));
  for (const auto& line : lines)
    CHECK(line.find('#') == std::string::npos);
}

TEST_CASE("tags of the application's own go with each metric", "[telemetry]") {
  world w{{cache_spec{.name = "a,b|c"}}};
  udp_receiver server;
  reporter x{w.system(),
             {.port = server.port(),
              .constant_tags = {{"env", "test"}, {"zone", "eu:1"}},
              .interval = 1h}};
  x.report();
  CHECK(has(server.lines(),
            "actor_cache.size:0|g|#cache:a_b_c,env:test,zone:eu_1"));
}

TEST_CASE("lines are joined to datagrams that are not too long",
          "[telemetry]") {
  std::vector<child_spec> caches;
  for (auto i = 0; i < 50; ++i)
    caches.push_back(cache_spec{.name = "cache-" + std::to_string(i)});
  world w{std::move(caches)};
  udp_receiver server;
  reporter x{
    w.system(),
    {.port = server.port(), .interval = 1h, .max_datagram_bytes = 200}};
  auto counts = x.report();
  CHECK(counts.reports == 1);
  REQUIRE(counts.datagrams > 10);
  std::set<std::string> seen;
  for (uint64_t n = 0; n < counts.datagrams; ++n) {
    auto datagram = server.receive();
    CHECK(datagram.size() <= 200);
    CHECK(datagram.size() > 100); // two lines fit
    seen.insert(datagram);
  }
  CHECK(seen.size() == counts.datagrams);
}

TEST_CASE("no more datagrams are sent than the rate allows", "[telemetry]") {
  std::vector<child_spec> caches;
  for (auto i = 0; i < 20; ++i)
    caches.push_back(cache_spec{.name = "cache-" + std::to_string(i)});
  world w{std::move(caches)};
  udp_receiver server;
  reporter x{w.system(),
             {.port = server.port(),
              .interval = 1h,
              .max_datagram_bytes = 64,
              .max_datagrams_per_second = 30}};
  // Of the first report a tenth of what a second may have goes at once; what
  // waits when the next one is made comes too late.
  CHECK(x.report().datagrams == 3);
  auto counts = x.report();
  CHECK(counts.dropped > 0);
  CHECK(counts.datagrams <= 6);
}

TEST_CASE("a server that is not there costs nothing", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  uint16_t port = 0;
  {
    udp_receiver gone;
    port = gone.port();
  }
  reporter x{w.system(), {.port = port, .interval = 1h}};
  for (auto i = 0; i < 3; ++i)
    x.report();
  CHECK(x.counts().reports == 3);
}

TEST_CASE("a reporter reports by itself", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  udp_receiver server;
  reporter x{w.system(), {.port = server.port(), .interval = 1ms}};
  CHECK(server.receive().starts_with("actor_cache."));
}

TEST_CASE("options of the reporter are checked", "[telemetry]") {
  world w;
  auto refused = [&](statsd_options x, const std::string& option) {
    auto made = telemetry::start_statsd_reporter(w.system(), std::move(x));
    CHECK(code_of(made) == errc::invalid_argument);
    CHECK(text_of(made).starts_with("statsd_options::" + option));
  };
  refused({.host = ""}, "host");
  refused({.port = 0}, "port");
  refused({.prefix = ""}, "prefix");
  refused({.tags = statsd_tags::none, .constant_tags = {{"a", "b"}}},
          "constant_tags");
  refused({.interval = timespan{0}}, "interval");
  refused({.max_datagram_bytes = 10}, "max_datagram_bytes");
  refused({.max_datagrams_per_second = 0}, "max_datagrams_per_second");
  CHECK(code_of(telemetry::start_statsd_reporter(w.system(),
                                                 {.host = "no.such.invalid"}))
        == errc::unavailable);
}
