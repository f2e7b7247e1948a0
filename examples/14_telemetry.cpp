// What an operator sees of a cache: events of single calls, figures for
// Prometheus and StatsD, and where one value comes from.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/telemetry.hpp"

#include "support/must.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

namespace {

using namespace examples;

namespace telemetry = actor_cache::telemetry;

using user_cache = actor_cache::cache<std::string>;

void watch(caf::actor_system& system) {
  telemetry::attach(system, "misses", "actor_cache.cache.get.miss",
                    [](const telemetry::event_view& x) {
                      fmt::print("a miss in {}\n", x.meta("cache_name"));
                    });
  telemetry::attach(system, "loads", "actor_cache.cache.load.stop",
                    [](const telemetry::event_view& x) {
                      fmt::print("a load, {}\n", x.measured("duration") > 0
                                                   ? "which took time"
                                                   : "at once");
                    });
}

void use(const user_cache& users) {
  must(users.get("user:1"));
  must(users.get_or_create("user:1", [] { return std::string{"Ada"}; }));
  must(users.get("user:1"));
}

void explain(const user_cache& users) {
  auto why = users.explain("user:1");
  if (why && *why)
    fmt::print("user:1 was {} by {}, and is in {}\n", to_string((*why)->origin),
               (*why)->caller, (*why)->source);
}

void show_figures(caf::actor_system& system) {
  for (const auto& x : telemetry::snapshot(system))
    fmt::print("{}: {} entries, {} hits, {} misses\n", x.name,
               x.size.value_or(0), x.stats.hits, x.stats.misses);
}

void report(caf::actor_system& system, uint16_t port) {
  telemetry::start_metrics(system);
  auto reporter = telemetry::start_statsd_reporter(
    system, {.port = port, .constant_tags = {{"env", "test"}}});
  if (reporter)
    fmt::print("figures go to port {}\n", port);
}

} // namespace

int main() {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    auto supervisor = must(actor_cache::start_supervisor(
      system, {actor_cache::cache_spec{.name = "users"}}));
    auto users = must(user_cache::find(system, "users"));
    watch(system);
    report(system, 8125);
    use(users);
    explain(users);
    show_figures(system);
  } catch (const std::exception& ex) {
    fmt::print(stderr, "14_telemetry: {}\n", ex.what());
    return EXIT_FAILURE;
  }
}
