#include "support/browser.hpp"
#include "support/http_client.hpp"
#include "support/redis_server.hpp"
#include "support/world.hpp"

#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/telemetry/live_page.hpp"
#include "actor_cache/telemetry/metrics.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <catch2/matchers/catch_matchers_string.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <future>

using namespace actor_cache;
using namespace actor_cache::test;
using telemetry::live_page;
using telemetry::live_page_options;

using Catch::Matchers::ContainsSubstring;

// The page that shows caches in the browser: what its server says, to whom, and
// how it ends.

namespace {

live_page serve(world& w, live_page_options options = {}) {
  return must(telemetry::serve_live_page(w.system(), std::move(options)));
}

http_answer ask(const live_page& page, const std::string& path,
                const std::string& headers = {},
                const std::string& method = "GET") {
  return http_ask(page.port(), method + ' ' + path + " HTTP/1.1\r\n"
                                 + "Host: localhost\r\n" + headers + "\r\n");
}

nlohmann::json data_of(const live_page& page) {
  auto answer = ask(page, "/data");
  REQUIRE(answer.status == 200);
  return nlohmann::json::parse(answer.body);
}

const std::string token = "open-sesame";

} // namespace

// -- what it says -------------------------------------------------------------

TEST_CASE("the live page tells what caches have done", "[live_page]") {
  world w{{cache_spec{.name = "users"},
           cache_spec{.name = "carts", .adapter = agent_options{}}}};
  REQUIRE(telemetry::start_metrics(w.system(), {.sample_every = 1}).empty());
  auto users = w.find<int>("users");
  must(users.put("a", 1));
  must(users.get("a"));
  must(users.get("b"));
  CHECK(code_of(users.put_if("a", 1, 99)) == errc::version_conflict);
  auto page = serve(w, {.interval = 250ms, .title = "shop"});
  auto data = data_of(page);
  CHECK(data["title"] == "shop");
  CHECK(data["interval_ms"] == 250);
  REQUIRE(data["caches"].size() == 2);
  CHECK(data["caches"][0]["name"] == "carts");
  CHECK(data["caches"][0]["adapter"] == "agent");
  const auto& x = data["caches"][1];
  CHECK(x["name"] == "users");
  CHECK(x["hits"] == 1);
  CHECK(x["misses"] == 1);
  CHECK(x["puts"] == 1);
  CHECK(x["size"] == 1);
  CHECK(x["bytes"] > 0);
  CHECK(x["restarts"] == 0);
  CHECK(x["connections"].is_null());
  CHECK(x["errors"][0]["code"] == "version_conflict");
  CHECK(x["errors"][0]["count"] == 1);
  CHECK(x["operations"][0]["name"] == "put");
  CHECK(x["operations"][0]["measured"] == 1);
}

TEST_CASE("the live page draws the trees of supervisors", "[live_page]") {
  world w{
    {cache_spec{.name = "alone"},
     child_spec{"inner", supervisor_spec{{cache_spec{.name = "below"}}, {}}}}};
  auto page = serve(w, {.interval = 10ms});
  w.crash("alone");
  nlohmann::json data;
  wait_until([&] {
    data = data_of(page);
    return data["trees"][0]["children"][0]["restarts"] == 1;
  });
  CHECK(data["silent_trees"] == 0);
  const auto& root = data["trees"][0];
  CHECK(root["strategy"] == "one_for_one");
  CHECK(root["children"][0]["id"] == "alone");
  CHECK(root["children"][0]["state"] == "running");
  CHECK(root["children"][1]["kind"] == "supervisor");
  CHECK(root["children"][1]["tree"]["children"][0]["id"] == "below");
}

TEST_CASE("the live page follows caches that come and go", "[live_page]") {
  world w;
  auto page = serve(w, {.interval = 10ms});
  CHECK(data_of(page)["caches"].empty());
  CHECK(data_of(page)["trees"].empty());
  w.start({cache_spec{.name = "late"}});
  wait_until([&] { return data_of(page)["caches"].size() == 1; });
  w.stop();
  wait_until([&] { return data_of(page)["caches"].empty(); });
}

TEST_CASE("names of any bytes are JSON in the live page", "[live_page]") {
  world w{{cache_spec{.name = "<script>alert(1)</script>\"\\\n"},
           cache_spec{.name = "broken \xff"}}};
  auto page = serve(w);
  auto caches = data_of(page)["caches"];
  CHECK(caches[0]["name"] == "<script>alert(1)</script>\"\\\n");
  CHECK(caches[1]["name"] == "broken \uFFFD");
}

TEST_CASE("the live page needs nothing but itself", "[live_page]") {
  world w;
  auto page = serve(w);
  auto answer = ask(page, "/");
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(answer.header("X-Content-Type-Options") == "nosniff");
  auto policy = answer.header("Content-Security-Policy");
  CHECK_THAT(policy, ContainsSubstring("default-src 'none'"));
  CHECK_THAT(policy, ContainsSubstring("script-src 'sha256-"));
  CHECK_THAT(policy, !ContainsSubstring("unsafe"));
  CHECK_THAT(answer.body, ContainsSubstring("<title>"));
  CHECK_THAT(answer.body, !ContainsSubstring("{{"));
  CHECK_THAT(answer.body, !ContainsSubstring("https://"));
  CHECK_THAT(answer.body, !ContainsSubstring("innerHTML"));
}

// -- to whom ------------------------------------------------------------------

TEST_CASE("the live page has two resources that can only be read",
          "[live_page]") {
  world w;
  auto page = serve(w);
  for (auto path : {"/favicon.ico", "/data/", "/../etc/passwd", "//data"})
    CHECK(ask(page, path).status == 404);
  for (auto method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}) {
    INFO(method);
    auto answer = ask(page, "/data", "", method);
    CHECK(answer.status == 405);
    CHECK(answer.header("Allow") == "GET");
  }
  CHECK(http_ask(page.port(), "what is this\r\n\r\n").status == 400);
}

TEST_CASE("a live page with a token asks for it", "[live_page]") {
  world w{{cache_spec{.name = "secret"}}};
  auto page = serve(w, {.token = token});
  for (auto path : {"/", "/data", "/else", "/?token=", "/?token=open-sesam",
                    "/data?token=open-sesame2"}) {
    INFO(path);
    auto answer = ask(page, path);
    CHECK(answer.status == 401);
    CHECK(answer.header("Set-Cookie") == "");
    CHECK_THAT(answer.body, !ContainsSubstring("secret"));
  }
  CHECK(ask(page, "/data", "Authorization: Bearer wrong\r\n").status == 401);
  CHECK(ask(page, "/data", "Authorization: Bearer \r\n").status == 401);
  CHECK(ask(page, "/data", "Authorization: Bearer " + token + "\r\n").status
        == 200);
}

TEST_CASE("a token in the address becomes a cookie", "[live_page]") {
  world w;
  auto page = serve(w, {.token = token});
  auto first = ask(page, "/?token=" + token);
  CHECK(first.status == 303);
  CHECK(first.header("Location") == "/");
  auto cookie = first.header("Set-Cookie");
  CHECK_THAT(cookie, ContainsSubstring("; HttpOnly; SameSite=Strict"));
  CHECK_THAT(cookie, !ContainsSubstring(token));
  auto pair = cookie.substr(0, cookie.find(';'));
  CHECK(ask(page, "/data", "Cookie: " + pair + "\r\n").status == 200);
  CHECK(ask(page, "/data", "Cookie: a=b; " + pair + "; c=d\r\n").status == 200);
  CHECK(ask(page, "/data", "Cookie: " + pair + "0\r\n").status == 401);
  auto name = pair.substr(0, pair.find('='));
  CHECK(ask(page, "/data", "Cookie: " + name + "=\r\n").status == 401);
  // The cookie of one page does not open another.
  auto other = serve(w, {.token = token});
  CHECK(ask(other, "/data", "Cookie: " + pair + "\r\n").status == 401);
}

TEST_CASE("another site's name for this machine does not open the live page",
          "[live_page]") {
  world w;
  auto page = serve(w);
  auto as = [&](const std::string& host) {
    return http_ask(page.port(),
                    "GET /data HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
      .status;
  };
  auto port = ':' + std::to_string(page.port());
  CHECK(as("127.0.0.1" + port) == 200);
  CHECK(as("localhost" + port) == 200);
  CHECK(as("[::1]" + port) == 200);
  CHECK(as("evil.example" + port) == 403);
  CHECK(as("localhost.evil.example") == 403);
  CHECK(as("") == 403);
}

TEST_CASE("options of the live page are checked", "[live_page]") {
  world w;
  auto refused = [&](live_page_options x, std::string_view option) {
    auto page = telemetry::serve_live_page(w.system(), std::move(x));
    CHECK(code_of(page) == errc::invalid_argument);
    CHECK_THAT(text_of(page), ContainsSubstring(std::string{option}));
  };
  refused({.address = "0.0.0.0"}, "live_page_options::token");
  refused({.address = "::"}, "live_page_options::token");
  refused({.address = "example.org", .token = token},
          "live_page_options::address");
  refused({.token = "a b"}, "live_page_options::token");
  refused({.interval = 1ms}, "live_page_options::interval");
  refused({.tree_timeout = 0ms}, "live_page_options::tree_timeout");
}

TEST_CASE("two live pages do not share a port", "[live_page]") {
  world w;
  auto page = serve(w);
  CHECK(page.url() == "http://127.0.0.1:" + std::to_string(page.port()) + "/");
  auto other = telemetry::serve_live_page(w.system(), {.port = page.port()});
  CHECK(code_of(other) == errc::unavailable);
  CHECK_THAT(text_of(other), ContainsSubstring(std::to_string(page.port())));
}

// -- in trouble ---------------------------------------------------------------

TEST_CASE("a supervisor that does not answer does not hold the live page up",
          "[live_page]") {
  world w{{cache_spec{.name = "xs"}}};
  std::promise<void> go_on;
  auto until = go_on.get_future().share();
  // A child that takes its time to start keeps its supervisor.
  auto slow = std::async(std::launch::async, [&] {
    return start_child(
      w.system(), w.supervisor(),
      child_spec{"slow", [until](caf::actor_system& system) {
                   until.wait();
                   return system.spawn([](caf::event_based_actor*) {
                     return caf::behavior{[](caf::unit_t) {}};
                   });
                 }});
  });
  auto page = serve(w, {.interval = 10ms, .tree_timeout = 20ms});
  nlohmann::json data;
  wait_until([&] {
    data = data_of(page);
    return data["silent_trees"] == 1;
  });
  CHECK(data["trees"].empty());
  CHECK(data["caches"][0]["name"] == "xs");
  go_on.set_value();
  must(slow.get());
  wait_until([&] { return data_of(page)["trees"].size() == 1; });
}

TEST_CASE("a server that is gone does not hold the live page up",
          "[live_page]") {
  std::optional<redis_server> server{std::in_place};
  redis_options options{.host = server->host(), .port = server->port()};
  options.connections = 1;
  world w{{cache_spec{.name = "xs", .adapter = options}}};
  auto page = serve(w, {.interval = 10ms});
  wait_until([&] {
    return data_of(page)["caches"][0]["connections"]["shared_up"] == 1;
  });
  server->kill();
  wait_until([&] {
    static_cast<void>(w.find<int>("xs").get("a")); // notices
    return data_of(page)["caches"][0]["connections"]["shared_up"] == 0;
  });
}

TEST_CASE("many visitors at once see the live page", "[live_page]") {
  world w{{cache_spec{.name = "xs"}}};
  auto page = serve(w, {.interval = 10ms});
  std::atomic<int> good = 0;
  on_threads(8, [&](size_t) {
    for (auto round = 0; round < 25; ++round) {
      auto answer = http_ask(page.port(),
                             "GET /data HTTP/1.1\r\nHost: localhost\r\n\r\n");
      if (answer.status == 200
          && nlohmann::json::parse(answer.body)["caches"].size() == 1)
        ++good;
    }
  });
  CHECK(good == 200);
}

TEST_CASE("visitors of the live page share what was gathered", "[live_page]") {
  world w;
  auto page = serve(w, {.interval = 24h});
  auto first = data_of(page);
  w.start({cache_spec{.name = "late"}});
  CHECK(data_of(page) == first);
}

TEST_CASE("the live page ends while clients are connected", "[live_page]") {
  world w;
  std::optional<live_page> page{serve(w)};
  auto port = page->port();
  http_connection silent{port};
  http_connection half{port};
  half.send("GET /data HTTP/1.1\r\nHost: loc");
  CHECK(ask(*page, "/data").status == 200);
  auto before = std::chrono::steady_clock::now();
  page.reset();
  CHECK(std::chrono::steady_clock::now() - before < 30s);
  CHECK_FALSE(http_connection::possible(port));
  // The port is free again.
  CHECK(serve(w, {.port = port}).port() == port);
}
