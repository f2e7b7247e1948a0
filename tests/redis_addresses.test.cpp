// Where a server is, which database it has, and who must not read of passwords.

#include "support/configured_system.hpp"
#include "support/event_log.hpp"
#include "support/redis_client.hpp"
#include "support/redis_world.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <thread>

using namespace actor_cache;
using namespace actor_cache::test;

TEST_CASE("a server is reached by each kind of address", "[redis addresses]") {
  redis_server server{{.config = {"user u on >p@ss ~* +@all"}}};
  redis_client client{server.socket()};
  client({"SELECT", "2"});
  auto check = [&](const redis_options& options) {
    redis_world w{options, {}, any_road()};
    auto xs = w.open();
    must(xs.put("a", "1"));
    CHECK(must(xs.get("a")) == "1");
    CHECK(client({"DEL", "redis:a"}) == redis_reply{1});
  };
  auto port = server.port();
  SECTION("by options") {
    check({.host = "127.0.0.1", .port = port, .database = 2});
  }
  SECTION("by options, with a path") {
    check({.host = server.socket(), .database = 2});
  }
  SECTION("by a URI") {
    check({.uri = fmt::format("redis://u:p%40ss@localhost:{}/2", port)});
  }
  SECTION("by the URI of a socket") {
    check({.uri = fmt::format("unix://u:p%40ss@{}?db=2", server.socket())});
  }
}

TEST_CASE("a path at which there is no server is unavailable",
          "[redis addresses]") {
  redis_world w{{.uri = "unix:///no/such/socket"}, {}, any_road()};
  auto refused = w.open().get("a");
  CHECK(code_of(refused) == errc::unavailable);
  CHECK(text_of(refused).find("/no/such/socket") != std::string::npos);
}

TEST_CASE("neither logs nor events show passwords", "[redis addresses]") {
  redis_server server{{.config = {"requirepass right"}}};
  temporary_folder folder;
  auto log = folder.path() + "/log";
  auto password = GENERATE(as<std::string>{}, "right", "open-sesame");
  redis_options options{.uri = fmt::format("redis://:{}@127.0.0.1:{}", password,
                                           server.port()),
                        .reconnect_delay = 1ms,
                        .max_reconnect_delay = 1ms};
  std::string texts;
  {
    configured_system host{
      {"--caf.logger.file.path=" + log, "--caf.logger.file.verbosity=trace"}};
    event_log events{host.system(),
                     telemetry::event_pattern::below("actor_cache")};
    // What loads throw and handlers do is what the library logs of.
    CHECK(telemetry::attach(host.system(), "bad",
                            telemetry::event_pattern::below("actor_cache"),
                            [](const telemetry::event_view&) { throw 1; })
            .empty());
    REQUIRE(
      host.start({cache_spec{.name = "users", .adapter = options}}).empty());
    auto xs = must(cache<int>::find(host.system(), "users"));
    for (auto i = 0; i < 3; ++i)
      if (auto got = xs.get("a"); !got)
        texts += text_of(got);
    auto by_mail = cache<int>::over_mail(host.system(), "users",
                                         must(xs.actor()));
    if (auto put = by_mail.put("a", 1); !put)
      texts += text_of(put);
    for (const auto& x : events.all())
      for (const auto& [key, value] : x.metadata)
        texts += value + '\n';
  }
  std::ifstream in{log};
  std::string logged{std::istreambuf_iterator<char>{in}, {}};
  CHECK(logged.find("handler 'bad' threw") != std::string::npos);
  // The other password is in the name of no file and in no other word.
  CHECK(logged.find(":" + password + "@") == std::string::npos);
  CHECK(texts.find(":" + password + "@") == std::string::npos);
  if (password == "open-sesame") {
    CHECK(texts.find("WRONGPASS") != std::string::npos);
    CHECK(logged.find("sesame") == std::string::npos);
    CHECK(texts.find("sesame") == std::string::npos);
  }
}
