#include "support/http_client.hpp"
#include "support/redis_server.hpp"
#include "support/world.hpp"

#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/telemetry/metrics.hpp"

#include <caf/io/middleman.hpp>

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

using namespace actor_cache;
using namespace actor_cache::test;

// The dashboard and the alerts speak of metrics that there are.

namespace {

std::string content_of(const std::string& file) {
  std::ifstream in{std::string{ACTOR_CACHE_OBSERVABILITY} + "/" + file};
  REQUIRE(in);
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Returns all that matches the first group of `pattern`.
std::set<std::string> all_in(const std::string& text, const char* pattern) {
  std::set<std::string> result;
  std::regex wanted{pattern};
  for (std::sregex_iterator i{text.begin(), text.end(), wanted}, end; i != end;
       ++i)
    result.insert((*i)[1]);
  return result;
}

/// Returns what CAF's exporter says of two caches that have done what can be
/// counted.
std::string scrape() {
  redis_server server;
  auto port = free_port();
  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  config.set("caf.middleman.prometheus-http.address", "127.0.0.1");
  config.set("caf.middleman.prometheus-http.port", port);
  caf::actor_system system{config};
  redis_options remote{.host = server.host(), .port = server.port()};
  auto supervisor = must(
    start_supervisor(system, {cache_spec{.name = "near"},
                              cache_spec{.name = "far", .adapter = remote}}));
  REQUIRE(telemetry::start_metrics(system, {.sample_every = 1}).empty());
  auto near = must(cache<int>::find(system, "near"));
  must(near.put("a", 1));
  must(near.get("a"));
  CHECK(code_of(near.put_if("a", 1, 99)) == errc::version_conflict);
  telemetry::collect_metrics(system);
  auto result = http_get(port, "/metrics");
  must(stop_supervisor(system, supervisor));
  return result;
}

} // namespace

TEST_CASE("the dashboard and the alerts use metrics that caches export",
          "[observability]") {
  auto text = scrape();
  auto exported = all_in(text, "(?:^|\n)(actor_cache_[a-z_]+)\\{");
  auto kinds = all_in(text, "[{,]kind=\"([a-z_]+)\"");
  CHECK(exported.size() > 15);
  for (auto file : {"grafana-dashboard.json", "alerts.yml"}) {
    INFO("file: " << file);
    auto content = content_of(file);
    auto used = all_in(content, "\\b(actor_cache_[a-z_]+)");
    CHECK(used.size() > 8);
    for (const auto& x : used) {
      INFO("metric: " << x);
      CHECK(exported.contains(x));
    }
    for (const auto& x : all_in(content, "kind=\\\\?\"([a-z_]+)")) {
      INFO("kind of connection: " << x);
      CHECK(kinds.contains(x));
    }
  }
}

TEST_CASE("the dashboard shows every metric of a cache", "[observability]") {
  auto shown = content_of("grafana-dashboard.json");
  auto exported = all_in(scrape(), "(?:^|\n)# TYPE (actor_cache_[a-z_]+) ");
  CHECK(exported.size() > 12);
  for (const auto& x : exported) {
    INFO("metric: " << x);
    CHECK(shown.find(x) != std::string::npos);
  }
}

TEST_CASE("the dashboard can be loaded for any data source",
          "[observability]") {
  auto dashboard = nlohmann::json::parse(content_of("grafana-dashboard.json"));
  std::set<std::string> variables;
  for (const auto& x : dashboard["templating"]["list"])
    variables.insert(x["name"]);
  CHECK(variables == std::set<std::string>{"cache_name", "datasource", "job"});
  std::set<int> ids;
  for (const auto& x : dashboard["panels"]) {
    INFO("panel: " << x["title"]);
    CHECK(ids.insert(x["id"].get<int>()).second);
    if (x["type"] == "row")
      continue;
    CHECK(x["datasource"]["uid"] == "${datasource}");
    CHECK_FALSE(x["targets"].empty());
  }
}
