#include "support/redis_server.hpp"
#include "support/redis_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <set>

using actor_cache::redis_error;
using actor_cache::redis_reply;
using actor_cache::test::free_port;
using actor_cache::test::redis_client;
using actor_cache::test::redis_server;
using actor_cache::test::redis_server_options;

TEST_CASE("a server of the test's own answers at its port and its socket",
          "[redis server]") {
  redis_server server;
  redis_client by_port{server.host(), server.port()};
  redis_client by_socket{server.socket()};
  CHECK(by_port({"SET", "a", "1"}) == redis_reply{"OK"});
  CHECK(by_socket({"GET", "a"}) == redis_reply{"1"});
}

TEST_CASE("no port is given to two servers", "[redis server]") {
  // Of 12,000; at random two of so many would be the same nearly always.
  constexpr size_t count = 400;
  std::set<uint16_t> ports;
  while (ports.size() < count)
    if (auto port = free_port(); !ports.insert(port).second)
      FAIL("port " << port << " was given out twice");
  SUCCEED("each is another one");
}

TEST_CASE("a server comes back empty, at the same port", "[redis server]") {
  redis_server server;
  auto port = server.port();
  redis_client{server.socket()}({"SET", "a", "1"});
  SECTION("after a crash") {
    server.kill();
  }
  SECTION("after an orderly end") {
    server.stop();
  }
  SECTION("when it hangs") {
    server.pause();
  }
  server.restart();
  CHECK(server.port() == port);
  CHECK(redis_client{server.host(), port}({"GET", "a"}).is_nil());
}

TEST_CASE("a server that hangs goes on where it was", "[redis server]") {
  redis_server server;
  redis_client client{server.socket()};
  server.pause();
  server.resume();
  CHECK(client({"PING"}) == redis_reply{"PONG"});
}

TEST_CASE("a server takes lines of configuration", "[redis server]") {
  redis_server server{
    redis_server_options{.config = {"requirepass \"open sesame\""}}};
  redis_client client{server.socket()};
  CHECK(client({"GET", "a"})
        == redis_reply{redis_error{"NOAUTH Authentication required."}});
  CHECK(client({"AUTH", "open sesame"}) == redis_reply{"OK"});
}

TEST_CASE("a server ends with its test", "[redis server]") {
  pid_t pid = 0;
  {
    redis_server server;
    pid = server.pid();
    CHECK(::kill(pid, 0) == 0);
  }
  CHECK(::kill(pid, 0) != 0);
}
