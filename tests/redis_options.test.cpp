// What the options accept, and what a URI says.

#include "support/configured_system.hpp"
#include "support/world.hpp"

#include "../adapters/redis/address.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <functional>

using namespace actor_cache;
using namespace actor_cache::redis_wire;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("each option is checked before anything is connected",
          "[redis options]") {
  struct refused {
    std::string message;
    redis_options options;
  };
  redis_options tls_without_key;
  tls_without_key.ssl = {.enabled = true, .certfile = "a.crt"};
  redis_options tls_without_certificate;
  tls_without_certificate.ssl = {.enabled = true, .keyfile = "a.key"};
  auto plain = [](redis_tls_options ssl) {
    return redis_options{.uri = "redis://a", .ssl = std::move(ssl)};
  };
  auto behind_sentinels = [](redis_options x) {
    x.topology = redis_topology::sentinel;
    x.nodes = {"a:1"};
    x.primary_name = "p";
    return x;
  };
  const std::string both
    = "uri is set beside host, port, username, password or "
      "database; accepted is either";
  const std::vector<refused> table{
    {both, {.uri = "redis://a", .host = "a"}},
    {both, {.uri = "redis://a", .port = 1}},
    {both, {.uri = "redis://a", .username = "u"}},
    {both, {.uri = "redis://a", .password = "p"}},
    {both, {.uri = "redis://a", .database = 1}},
    {"uri is not accepted: it must begin with redis://, rediss:// or unix://",
     {.uri = "http://a"}},
    {"database is 65536; accepted is 0 to 65535", {.database = 65536}},
    {"database is 65536; accepted is 0 to 65535", {.uri = "redis://a/65536"}},
    {"username is \"u\" without a password", {.username = "u"}},
    {"username is \"u\" without a password", {.uri = "redis://u@a"}},
    {"database is 1; a cluster has only 0",
     {.database = 1, .topology = redis_topology::cluster}},
    {"nodes is empty; with sentinels",
     {.topology = redis_topology::sentinel, .primary_name = "p"}},
    {"primary_name is empty; with sentinels",
     {.topology = redis_topology::sentinel, .nodes = {"a:1"}}},
    {"primary_name is \"p\", which only", {.primary_name = "p"}},
    {"nodes is set, which", {.nodes = {"a:1"}}},
    {"uri is set, which the topology \"sentinel\" does not take",
     behind_sentinels({.uri = "redis://a"})},
    {"host is set, which the topology \"sentinel\" does not take",
     behind_sentinels({.host = "a"})},
    {"port is set, which the topology \"sentinel\" does not take",
     behind_sentinels({.port = 1})},
    {"sentinel_username is set, which only", {.sentinel_username = "u"}},
    {"sentinel_password is set, which only", {.sentinel_password = "p"}},
    {"ssl.cacertfile is set, but TLS is off", plain({.cacertfile = "a.crt"})},
    {"ssl.certfile is set, but TLS is off", plain({.certfile = "a.crt"})},
    {"ssl.keyfile is set, but TLS is off", plain({.keyfile = "a.key"})},
    {"ssl.server_name is set, but TLS is off", plain({.server_name = "a"})},
    {"ssl is enabled for a Unix domain socket",
     {.host = "/run/redis.sock", .ssl = {.enabled = true}}},
    {"nodes has \"a:0\": the port in \"a:0\" is no number within 1 to 65535",
     {.topology = redis_topology::cluster, .nodes = {"a:0"}}},
    {"connections is 0; accepted is 1 to 64", {.connections = 0}},
    {"connections is 65; accepted is 1 to 64", {.connections = 65}},
    {"size is 0; accepted is 1 to 10000", {.size = 0}},
    {"size is 10001; accepted is 1 to 10000", {.size = 10001}},
    {"max_overflow is 10001; accepted is 0 to 10000", {.max_overflow = 10001}},
    {"connect_timeout is 0ns; accepted is a time above zero, up to 24h",
     {.connect_timeout = 0s}},
    {"command_timeout is -1s; accepted is a time above zero, up to 24h",
     {.command_timeout = -1s}},
    {"command_timeout is 25h; accepted is a time above zero, up to 24h",
     {.command_timeout = 25h}},
    {"reconnect_delay is 0ns; accepted", {.reconnect_delay = 0s}},
    {"max_reconnect_delay is 0ns; accepted", {.max_reconnect_delay = 0s}},
    {"max_reconnect_delay is 1s; accepted is at least reconnect_delay, 2s",
     {.reconnect_delay = 2s, .max_reconnect_delay = 1s}},
    {"ssl.keyfile is empty; a certificate and its key come together",
     tls_without_key},
    {"ssl.certfile is empty; a certificate and its key come together",
     tls_without_certificate},
  };
  for (const auto& x : table) {
    auto err = x.options.validate();
    CHECK(err == errc::invalid_argument);
    CHECK_THAT(message_of(err), StartsWith("redis_options::" + x.message));
  }
  CHECK(redis_options{}.validate().empty());
}

TEST_CASE("a URI says who, where and how", "[redis options]") {
  struct row {
    std::string uri;
    std::string at;
    std::string username;
    std::string password;
    uint32_t database = 0;
    bool tls = false;
  };
  const std::vector<row> table{
    {"redis://", "127.0.0.1:6379", "", ""},
    {"redis://a", "a:6379", "", ""},
    {"redis://a:1", "a:1", "", ""},
    {"redis://a:1/", "a:1", "", ""},
    {"redis://a:1/2", "a:1", "", "", 2},
    {"redis://a?db=2", "a:6379", "", "", 2},
    {"redis:///2", "127.0.0.1:6379", "", "", 2},
    {"rediss://a", "a:6379", "", "", 0, true},
    {"redis://u:p@a", "a:6379", "u", "p"},
    {"redis://:p@a", "a:6379", "", "p"},
    {"redis://u:p@", "127.0.0.1:6379", "u", "p"},
    {"redis://u:p:q@a", "a:6379", "u", "p:q"},
    {"redis://u:p@q@a", "a:6379", "u", "p@q"},
    {"redis://u:p/q?r@a", "a:6379", "u", "p/q?r"},
    {"redis://u%3A:p%40%2f%25@a", "a:6379", "u:", "p@/%"},
    {"redis://[::1]", "[::1]:6379", "", ""},
    {"redis://[::1]:7", "[::1]:7", "", ""},
    {"rediss://u:p@[fe80::1]:7/3", "[fe80::1]:7", "u", "p", 3, true},
    {"unix:///run/redis.sock", "/run/redis.sock", "", ""},
    {"unix:///run/redis.sock?db=4", "/run/redis.sock", "", "", 4},
    {"unix:///run/a%20b", "/run/a b", "", ""},
    {"unix:///run/a@b", "/run/a@b", "", ""},
    {"unix://u:p@/run/redis.sock?db=4", "/run/redis.sock", "u", "p", 4},
  };
  for (const auto& x : table) {
    CAPTURE(x.uri);
    auto found = must(parse_uri(x.uri));
    CHECK(to_string(found.at) == x.at);
    CHECK(found.as.username == x.username);
    CHECK(found.as.password == x.password);
    CHECK(found.as.database == x.database);
    CHECK(found.tls == x.tls);
  }
}

TEST_CASE("a URI that says nothing sensible is refused without its secrets",
          "[redis options]") {
  const std::vector<std::string> table{
    "",
    "a",
    "redis:/a",
    "unix://secret",
    "unix://u:secret@path",
    "redis://u:secret%@a",
    "redis://u:secret%4@a",
    "redis://u:secret%zz@a",
    "redis://u:secret@a:x",
    "redis://u:secret@a:0",
    "redis://u:secret@a:65536",
    "redis://u:secret@[::1",
    "redis://u:secret@[::1]7",
    "redis://u:secret@:7",
    "redis://u:secret@a/x",
    "redis://u:secret@a/-1",
    "redis://u:secret@a?x=1",
    "redis://u:secret", // its host is missing
    "redis://a/secret",
    "redis://a?password=secret",
    "redis://a:1/2?db=x",
    "redis://a/99999999999",
    "redis+cluster://u:secret@a",
  };
  for (const auto& uri : table) {
    CAPTURE(uri);
    auto err = redis_options{.uri = uri.empty() ? "?" : uri}.validate();
    CHECK(err == errc::invalid_argument);
    CHECK_THAT(message_of(err), StartsWith("redis_options::uri is not"));
    CHECK_THAT(message_of(err), !ContainsSubstring("secret"));
  }
}

TEST_CASE("what should name a host and may hold a password is not shown",
          "[redis options]") {
  for (std::string text :
       {"redis://u:secret@h:1", "u:secret@h", "secret@h:1", "redis://secret"}) {
    CAPTURE(text);
    auto host = redis_options{.host = text}.validate();
    auto nodes = redis_options{.topology = redis_topology::cluster,
                               .nodes = {text}}
                   .validate();
    CHECK_THAT(message_of(host), StartsWith("redis_options::host has an @"));
    CHECK_THAT(message_of(nodes), StartsWith("redis_options::nodes has an @"));
    CHECK_THAT(message_of(host), !ContainsSubstring("secret"));
    CHECK_THAT(message_of(nodes), !ContainsSubstring("secret"));
  }
  CHECK(redis_options{.host = "/run/a@b"}.validate().empty());
}

TEST_CASE("a configuration that is refused does not show passwords",
          "[redis options]") {
  for (std::string option :
       {"password = 4711", "sentinel_password = 4711", "uri = 4711"}) {
    configured_system host{
      {},
      "actor_cache { caches { users { adapter = \"redis\", " + option
        + " } } }"};
    auto caches = caches_from_config(host.system());
    CHECK_THAT(text_of(caches), ContainsSubstring("accepted is text"));
    CHECK_THAT(text_of(caches), !ContainsSubstring("4711"));
  }
}

TEST_CASE("a configuration may call the size of the pool pool_size",
          "[redis options]") {
  configured_system host{{},
                         "actor_cache { caches { users { adapter = \"redis\", "
                         "pool_size = 10001 } } }"};
  CHECK_THAT(text_of(caches_from_config(host.system())),
             ContainsSubstring("size is 10001; accepted is 1 to 10000"));
}

TEST_CASE("the options without a URI are as good as one", "[redis options]") {
  auto by_default = must(target_of({}));
  CHECK(to_string(by_default.at) == "127.0.0.1:6379");
  CHECK_FALSE(by_default.tls);
  auto all = must(target_of({.host = "h",
                             .port = 1,
                             .username = "u",
                             .password = "p",
                             .database = 2,
                             .ssl = {.enabled = true}}));
  CHECK(to_string(all.at) == "h:1");
  CHECK(all.as.username == "u");
  CHECK(all.as.password == "p");
  CHECK(all.as.database == 2);
  CHECK(all.tls);
  auto path = must(target_of({.host = "/run/redis.sock", .port = 7}));
  CHECK(to_string(path.at) == "/run/redis.sock");
  CHECK(must(target_of({.uri = "redis://a", .ssl = {.enabled = true}})).tls);
}
