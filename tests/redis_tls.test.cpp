// Encrypted connections, and whom they trust.

#include "support/certificates.hpp"
#include "support/redis_client.hpp"
#include "support/redis_world.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A server with a certificate, and the authority that signed it.
struct tls_server {
  explicit tls_server(certificate_options options = {},
                      std::vector<std::string> config = {})
    : own(trusted.sign("server", std::move(options))) {
    config.push_back("tls-cert-file " + own.file);
    config.push_back("tls-key-file " + own.key_file);
    config.push_back("tls-ca-cert-file " + trusted.file());
    if (config.size() == 3)
      config.emplace_back("tls-auth-clients no");
    server.emplace(redis_server_options{.config = config, .tls = true});
  }

  redis_options options() const {
    auto result = brisk({.host = server->host(), .port = server->port()});
    result.ssl.enabled = true;
    result.ssl.cacertfile = trusted.file();
    return result;
  }

  temporary_folder folder;
  authority trusted{folder.path(), "authority"};
  certificate own;
  std::optional<redis_server> server;
};

void check_good(const redis_options& options) {
  redis_world w{options, {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  CHECK(must(xs.get("a")) == "1");
}

/// Checks that calls are refused for the reason `why`.
void check_refused(const redis_options& options, const std::string& why) {
  redis_world w{options, {}, any_road()};
  auto refused = w.open().get("a");
  CHECK(code_of(refused) == errc::unavailable);
  CHECK_THAT(text_of(refused), ContainsSubstring(why));
}

} // namespace

TEST_CASE("a server is trusted by its certificate", "[redis tls]") {
  tls_server s;
  auto options = s.options();
  SECTION("with an address") {
    check_good(options);
  }
  SECTION("with a name") {
    options.host = "localhost";
    check_good(options);
  }
  SECTION("with a URI") {
    auto uri = "rediss://localhost:" + std::to_string(s.server->port());
    auto by_uri = brisk({.uri = uri});
    by_uri.ssl.cacertfile = s.trusted.file();
    check_good(by_uri);
  }
}

TEST_CASE("an authority that nobody knows is refused", "[redis tls]") {
  tls_server s;
  authority other{s.folder.path(), "other"};
  auto options = s.options();
  options.ssl.cacertfile = other.file();
  check_refused(options, "certificate");
  SECTION("as is one that the system does not know") {
    options.ssl.cacertfile.clear();
    check_refused(options, "certificate");
  }
  SECTION("unless nothing is checked") {
    options.ssl.verify = redis_verify::verify_none;
    check_good(options);
  }
}

TEST_CASE("a certificate whose time is over is refused", "[redis tls]") {
  tls_server s{{.expired = true}};
  auto options = s.options();
  check_refused(options, "certificate has expired");
  SECTION("unless nothing is checked") {
    options.ssl.verify = redis_verify::verify_none;
    check_good(options);
  }
}

TEST_CASE("a certificate of another server is refused", "[redis tls]") {
  tls_server s{{.names = "DNS:cache.example,IP:10.0.0.1"}};
  auto options = s.options();
  SECTION("by its address") {
    check_refused(options, "IP address mismatch");
  }
  SECTION("by its name") {
    options.host = "localhost";
    check_refused(options, "hostname mismatch");
  }
  SECTION("unless it is the one that was asked for") {
    options.ssl.server_name = "cache.example";
    check_good(options);
  }
  SECTION("unless nothing is checked") {
    options.ssl.verify = redis_verify::verify_none;
    check_good(options);
  }
}

TEST_CASE("a name that cannot be checked is refused", "[redis tls]") {
  tls_server server;
  auto options = server.options();
  options.ssl.server_name = std::string(300, 'a');
  check_refused(options, "cannot be checked");
}

TEST_CASE("a server may ask for a certificate", "[redis tls]") {
  auto version = GENERATE(as<std::string>{}, "TLSv1.2", "TLSv1.3");
  CAPTURE(version);
  tls_server s{{}, {"tls-auth-clients yes", "tls-protocols " + version}};
  auto options = s.options();
  SECTION("and refuse who has none") {
    check_refused(options, version == "TLSv1.2" ? "handshake failure"
                                                : "certificate required");
  }
  SECTION("and refuse one that others signed") {
    authority other{s.folder.path(), "other"};
    auto mine = other.sign("client");
    options.ssl.certfile = mine.file;
    options.ssl.keyfile = mine.key_file;
    check_refused(options, "unknown ca");
  }
  SECTION("and get it") {
    auto mine = s.trusted.sign("client");
    options.ssl.certfile = mine.file;
    options.ssl.keyfile = mine.key_file;
    check_good(options);
  }
}

TEST_CASE("files that cannot be used keep the cache from starting",
          "[redis tls]") {
  tls_server s;
  auto mine = s.trusted.sign("client");
  auto others = s.trusted.sign("other");
  auto options = s.options();
  options.ssl.certfile = mine.file;
  options.ssl.keyfile = mine.key_file;
  std::string named;
  SECTION("an authority that is not there") {
    options.ssl.cacertfile = named = "/nowhere/ca.crt";
  }
  SECTION("a certificate that is not there") {
    options.ssl.certfile = named = "/nowhere/a.crt";
  }
  SECTION("a certificate that is none") {
    options.ssl.certfile = named = mine.key_file;
  }
  SECTION("a key of another certificate") {
    options.ssl.keyfile = named = others.key_file;
  }
  world w;
  auto started = start_supervisor(w.system(), {cache_spec{.name = "redis",
                                                          .adapter = options}});
  CHECK_THAT(text_of(started), ContainsSubstring(named));
}

TEST_CASE("a server that does not speak TLS is refused", "[redis tls]") {
  tls_server s;
  redis_server plain;
  auto options = s.options();
  options.port = plain.port();
  options.connect_timeout = 200ms; // it waits for the end of the line
  check_refused(options, "TLS handshake");
}

TEST_CASE("large values travel in many records", "[redis tls]") {
  tls_server s;
  redis_world w{s.options(), {}, any_road()};
  auto xs = w.open();
  std::atomic<int> wrong{0};
  on_threads(4, [&](size_t index) {
    auto key = std::to_string(index);
    std::string text(3'000'000, static_cast<char>('a' + index));
    for (auto i = 0; i < 3; ++i) {
      auto found = caf::expected<std::optional<std::string>>{std::nullopt};
      if (auto put = xs.put(key, text))
        found = xs.get(key);
      if (!found || *found != text)
        ++wrong;
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("an encrypted connection that breaks is replaced", "[redis tls]") {
  tls_server s;
  redis_world w{s.options(), {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  SECTION("when the server is killed") {
    s.server->kill();
    CHECK(code_of(xs.get("a")) == errc::unavailable);
    s.server->restart();
    wait_until([&] { return static_cast<bool>(xs.get("a")); });
  }
  SECTION("when the server closes it") {
    redis_client client{s.server->socket()};
    client({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    wait_until([&] { return static_cast<bool>(xs.get("a")); });
    CHECK(must(xs.get("a")) == "1");
  }
}

TEST_CASE("an encrypted connection that breaks under way ends its calls",
          "[redis tls]") {
  tls_server s;
  redis_world w{s.options(), {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  s.server->pause();
  std::atomic<bool> asked{false};
  std::thread caller{[&] {
    asked = true;
    static_cast<void>(xs.get("a"));
  }};
  wait_until([&] { return asked.load(); });
  s.server->kill();
  caller.join();
  s.server->restart();
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
}
