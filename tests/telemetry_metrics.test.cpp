#include "support/event_log.hpp"
#include "support/http_client.hpp"
#include "support/redis_server.hpp"
#include "support/temporary_folder.hpp"

#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/ets.hpp"

#include <caf/io/middleman.hpp>

#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

using namespace actor_cache;
using namespace actor_cache::test;

// What an operator sees: the figures of all caches, and CAF's metrics.

namespace {

using telemetry::cache_figures;

cache_figures figures_of(caf::actor_system& system, std::string_view name) {
  for (auto& x : telemetry::snapshot(system))
    if (x.name == name)
      return x;
  FAIL("no figures of " << name);
  return {};
}

/// An actor system whose metrics CAF serves over HTTP.
class served_world {
public:
  served_world() {
    config_.load<caf::io::middleman>();
    config_.set("caf.scheduler.max-threads", 2);
    config_.set("caf.middleman.prometheus-http.address", "127.0.0.1");
    config_.set("caf.middleman.prometheus-http.port", port_);
    system_.emplace(config_);
  }

  ~served_world() {
    if (supervisor_)
      must(stop_supervisor(*system_, supervisor_));
  }

  caf::actor_system& system() {
    return *system_;
  }

  void start(std::vector<child_spec> children) {
    supervisor_ = must(start_supervisor(*system_, std::move(children)));
  }

  /// Returns what CAF's exporter says now.
  std::string scrape() {
    return http_get(port_, "/metrics");
  }

private:
  const uint16_t port_ = free_port();
  caf::actor_system_config config_;
  std::optional<caf::actor_system> system_;
  supervisor_actor supervisor_;
};

/// Returns the samples of a text of Prometheus, without their time stamps.
std::map<std::string, double> samples_in(const std::string& text) {
  std::map<std::string, double> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    auto end = line.rfind('}');
    if (line.empty() || line[0] == '#' || end == std::string::npos)
      continue;
    result[line.substr(0, end + 1)] = std::stod(line.substr(end + 1));
  }
  return result;
}

/// Has promtool parse and check a text of Prometheus; returns its complaints
/// about metrics of ours, and fails where it cannot parse the text.
std::string complaints_about(const std::string& text) {
  if (std::string_view{ACTOR_CACHE_PROMTOOL}.empty())
    SKIP("there is no promtool");
  temporary_folder folder;
  auto metrics = folder.path() + "/metrics";
  auto output = folder.path() + "/output";
  std::ofstream{metrics} << text;
  auto command = std::string{ACTOR_CACHE_PROMTOOL} + " check metrics <"
                 + metrics + " >" + output + " 2>&1";
  auto status = std::system(command.c_str());
  std::stringstream said;
  said << std::ifstream{output}.rdbuf();
  INFO("promtool says: " << said.str());
  // 3 is for remarks on style alone.
  REQUIRE(WIFEXITED(status));
  REQUIRE((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3));
  std::string result;
  for (std::string line; std::getline(said, line);)
    if (line.starts_with("actor_cache"))
      result += line + '\n';
  return result;
}

} // namespace

// -- figures ------------------------------------------------------------------

TEST_CASE("a snapshot says what each cache has done", "[telemetry]") {
  world w{{cache_spec{.name = "b"}, cache_spec{.name = "a"},
           cache_spec{.name = "boxed", .sandbox = true}}};
  auto xs = w.find<int>("a");
  must(xs.put("x", 1));
  must(xs.get("x"));
  must(xs.get("y"));
  CHECK(code_of(xs.put_if("x", 1, 99)) == errc::version_conflict);
  w.crash("a");
  auto all = telemetry::snapshot(w.system());
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "a");
  CHECK(all[1].name == "b");
  CHECK(all[0].adapter == "ets");
  CHECK(all[0].stats.hits == 1);
  CHECK(all[0].stats.misses == 1);
  CHECK(all[0].stats.hit_ratio() == 0.5);
  CHECK(all[0].size == 1);
  CHECK(all[0].bytes > 0);
  CHECK(all[0].restarts == 1);
  CHECK(
    all[0].errors
    == std::vector<std::pair<std::string, uint64_t>>{{"version_conflict", 1}});
  CHECK(all[0].operations.empty()); // nobody has asked for times
  CHECK_FALSE(all[0].connections);
  CHECK(all[1].stats.hits == 0);
  CHECK(all[1].size == 0);
}

TEST_CASE(
  "an exception of a user's function counts as an error, watched or not",
  "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = must(cache<int, ets>::find(w.system(), "xs"));
  must(xs.put("a", 1));
  auto bad = [](int, const std::string&, int) -> int {
    throw std::runtime_error{"no sum"};
  };
  CHECK(code_of(xs.foldl(0, bad)) == errc::exception);
  CHECK(figures_of(w.system(), "xs").errors
        == std::vector<std::pair<std::string, uint64_t>>{{"exception", 1}});
}

TEST_CASE("the size of a cache in an actor is that of the last sweep",
          "[telemetry]") {
  world w{{cache_spec{
    .name = "xs", .adapter = agent_options{}, .sweep_interval = 1ms}}};
  auto xs = w.find<int>("xs");
  must(xs.put_many({{"a", 1}, {"b", 2}}));
  wait_until([&] { return figures_of(w.system(), "xs").size == 2; });
}

TEST_CASE("times of calls are known once metrics are started", "[telemetry]") {
  world w;
  w.start({w.timed({.name = "xs"})});
  auto xs = w.find<int>("xs");
  REQUIRE(telemetry::start_metrics(w.system(), {.sample_every = 1}).empty());
  must(xs.get("a"));
  must(xs.update("a", [&](auto) {
    w.clock()->advance(40ms);
    return 1;
  }));
  std::map<std::string, telemetry::operation_figures> found;
  for (const auto& x : figures_of(w.system(), "xs").operations)
    found[x.name] = x;
  REQUIRE(found.size() == 2);
  CHECK(found["get"].measured == 1);
  CHECK(found["get"].total == timespan{0});
  CHECK(found["update"].measured == 1);
  CHECK(found["update"].total == timespan{40ms});
  CHECK(found["update"].p50 == timespan{50ms}); // the end of its bucket
  CHECK(found["update"].p99 == timespan{50ms});
}

TEST_CASE("of calls that never wait a sample is measured", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  REQUIRE(telemetry::start_metrics(w.system(), {.sample_every = 10}).empty());
  for (auto i = 0; i < 100; ++i)
    must(xs.get("a"));
  auto found = figures_of(w.system(), "xs").operations;
  REQUIRE(found.size() == 1);
  CHECK(found[0].measured == 10);
}

TEST_CASE("options of metrics are checked", "[telemetry]") {
  world w;
  auto refused = [&](telemetry::metrics_options x, std::string_view option) {
    auto err = telemetry::start_metrics(w.system(), x);
    CHECK(err == errc::invalid_argument);
    CHECK(message_of(err).find(option) != std::string::npos);
  };
  refused({.interval = timespan{0}}, "metrics_options::interval");
  refused({.sample_every = 0}, "metrics_options::sample_every");
}

// -- CAF's metrics ------------------------------------------------------------

TEST_CASE("CAF's exporter serves the metrics of caches", "[telemetry]") {
  served_world w;
  w.start({cache_spec{.name = "users"}, cache_spec{.name = "carts"}});
  auto users = must(cache<int>::find(w.system(), "users"));
  REQUIRE(
    telemetry::start_metrics(w.system(), {.interval = 1h, .sample_every = 1})
      .empty());
  must(users.put("a", 1));
  must(users.put("b", 2));
  must(users.get("a"));
  must(users.get("none"));
  must(users.erase("b"));
  CHECK(code_of(users.put_if("a", 1, 99)) == errc::version_conflict);
  CHECK(users.get_or_create("c", [] { return 3; }));
  telemetry::collect_metrics(w.system());
  auto text = w.scrape();
  INFO(text);
  CHECK(complaints_about(text) == "");
  auto found = samples_in(text);
  auto value = [&](const std::string& metric, const std::string& labels) {
    auto i = found.find("actor_cache_" + metric + "{" + labels + "}");
    INFO("metric: " << metric << " of " << labels);
    REQUIRE(i != found.end());
    return i->second;
  };
  const std::string of = "cache_name=\"users\"";
  CHECK(value("get_total", of) == 3);
  CHECK(value("hit_total", of) == 1);
  CHECK(value("miss_total", of) == 2);
  CHECK(value("put_total", of) == 3);
  CHECK(value("delete_total", of) == 1);
  CHECK(value("load_total", of) == 1);
  CHECK(value("restart_total", of) == 0);
  CHECK(value("error_total", of + ",error=\"version_conflict\"") == 1);
  CHECK(value("eviction_total", of + ",cause=\"erased\"") == 1);
  CHECK(value("size", of) == 2);
  CHECK(value("memory_bytes", of) > 0);
  CHECK(value("hit_ratio", of) > 0.3);
  CHECK(value("operation_duration_seconds_count", of + ",operation=\"get\"")
        == 2);
  CHECK(value("operation_duration_seconds_bucket",
              of + ",operation=\"get\",le=\"+Inf\"")
        == 2);
  CHECK(value("get_total", "cache_name=\"carts\"") == 0);
}

TEST_CASE("metrics go on counting when a cache is started anew",
          "[telemetry]") {
  served_world w;
  auto total = [&] {
    telemetry::collect_metrics(w.system());
    return samples_in(w.scrape())["actor_cache_put_total{cache_name=\"xs\"}"];
  };
  for (auto round = 1; round <= 2; ++round) {
    auto tree = must(start_supervisor(w.system(), {cache_spec{.name = "xs"}}));
    auto xs = must(cache<int>::find(w.system(), "xs"));
    must(xs.put("a", 1));
    CHECK(total() == round);
    CHECK(total() == round);
    must(stop_supervisor(w.system(), tree));
    CHECK(total() == round);
  }
}

TEST_CASE("metrics are brought up to date by themselves", "[telemetry]") {
  served_world w;
  w.start({cache_spec{.name = "xs"}});
  auto xs = must(cache<int>::find(w.system(), "xs"));
  REQUIRE(telemetry::start_metrics(w.system(), {.interval = 1ms}).empty());
  must(xs.put("a", 1));
  wait_until([&] {
    return samples_in(w.scrape())["actor_cache_put_total{cache_name=\"xs\"}"]
           == 1;
  });
}

// -- connections --------------------------------------------------------------

TEST_CASE("a cache that was stopped has no connections", "[telemetry]") {
  redis_server server;
  served_world w;
  auto up = [&] {
    telemetry::collect_metrics(w.system());
    return samples_in(w.scrape())["actor_cache_connections{cache_name=\"xs\","
                                  "kind=\"shared_up\"}"];
  };
  auto tree = must(start_supervisor(
    w.system(), {cache_spec{.name = "xs",
                            .adapter = redis_options{.port = server.port()}}}));
  wait_until([&] { return up() == 1; });
  must(stop_supervisor(w.system(), tree));
  CHECK(up() == 0);
}

TEST_CASE("connections of redis are told and counted", "[telemetry]") {
  std::optional<redis_server> server{std::in_place};
  redis_options options{.host = server->host(), .port = server->port()};
  options.reconnect_delay = 1ms;
  options.max_reconnect_delay = 20ms;
  options.connections = 2;
  world w;
  event_log log{w.system(),
                telemetry::event_pattern::below("actor_cache.connection")};
  w.start({cache_spec{.name = "xs", .adapter = options}});
  wait_until([&] { return log.of("connection.up").size() == 2; });
  auto up = log.of("connection.up").front();
  CHECK(up.meta("cache_name") == "xs");
  CHECK(up.meta("adapter") == "redis");
  CHECK(up.meta("server")
        == server->host() + ":" + std::to_string(server->port()));
  auto links = figures_of(w.system(), "xs").connections;
  REQUIRE(links);
  CHECK(links->shared == 2);
  CHECK(links->shared_up == 2);
  CHECK(links->times_connected == 2);
  CHECK(links->exclusive == 0);
  CHECK(links->exclusive_limit > 0);
  CHECK_FALSE(figures_of(w.system(), "xs").size); // which would walk the keys
  server->kill();
  // The next call notices.
  auto xs = w.find<int>("xs");
  wait_until([&] {
    for (auto key : {"a", "b", "c", "d", "e", "f"}) // on either connection
      static_cast<void>(xs.get(key));
    return log.of("connection.down").size() == 2;
  });
  CHECK_FALSE(log.of("connection.down").front().meta("reason").empty());
  wait_until(
    [&] { return figures_of(w.system(), "xs").connections->shared_up == 0; });
}
