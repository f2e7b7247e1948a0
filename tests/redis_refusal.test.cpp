// What a server that is well may refuse.

#include "support/redis_client.hpp"
#include "support/redis_world.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

redis_options at(const redis_server& server) {
  return brisk({.host = server.host(), .port = server.port()});
}

} // namespace

TEST_CASE("a wrong password is refused until the server takes it",
          "[redis refusal]") {
  redis_server server{{.config = {"requirepass right"}}};
  auto options = at(server);
  options.password = "open-sesame";
  redis_world w{options, {}, any_road()};
  auto xs = w.open();
  auto refused = xs.get("a");
  CHECK(code_of(refused) == errc::not_permitted);
  CHECK_THAT(text_of(refused), ContainsSubstring("WRONGPASS"));
  CHECK_THAT(text_of(refused), !ContainsSubstring("sesame"));
  redis_client client{server.socket()};
  client({"AUTH", "right"});
  client({"CONFIG", "SET", "requirepass", "open-sesame"});
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
}

TEST_CASE("a missing password is refused", "[redis refusal]") {
  redis_server server{{.config = {"requirepass right"}}};
  redis_world w{at(server), {}, any_road()};
  auto refused = w.open().get("a");
  CHECK(code_of(refused) == errc::not_permitted);
  CHECK_THAT(text_of(refused), ContainsSubstring("NOAUTH"));
}

TEST_CASE("a user may do what the access control list says",
          "[redis refusal]") {
  redis_server server{{.config = {"user reader on >secret ~* +get +time"}}};
  auto options = at(server);
  options.username = "reader";
  options.password = "secret";
  redis_world w{options, {}, any_road()};
  auto xs = w.open();
  CHECK_FALSE(must(xs.get("a")));
  auto refused = xs.put("a", "1");
  CHECK(code_of(refused) == errc::not_permitted);
  CHECK_THAT(text_of(refused), ContainsSubstring("NOPERM"));
  CHECK_FALSE(must(xs.get("a")));
}

TEST_CASE("nothing of a transaction is executed where it may not begin",
          "[redis refusal]") {
  redis_server server{{.config = {"user u on >p ~* +@all -multi"}}};
  auto options = at(server);
  options.username = "u";
  options.password = "p";
  redis_world w{options, {}, any_road()};
  auto xs = w.open_redis();
  auto refused = xs.transaction({{"INCR", "x"}});
  CHECK(code_of(refused) == errc::not_permitted);
  CHECK_THAT(text_of(refused), ContainsSubstring("NOPERM"));
  CHECK(must(xs.command({"GET", "x"})).is_nil());
}

TEST_CASE("what is about a connection is refused, as others share it",
          "[redis refusal]") {
  redis_server server;
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open_redis();
  for (const redis_command& command : {redis_command{"WAIT", "0", "1"},
                                       {"waitaof", "0", "0", "1"},
                                       {"SUBSCRIBE", "a"},
                                       {"SELECT", "1"},
                                       {"WATCH", "a"},
                                       {"MULTI"}}) {
    auto refused = xs.command(command);
    CHECK(code_of(refused) == errc::invalid_argument);
    CHECK_THAT(text_of(refused), ContainsSubstring("which others share"));
    CHECK(code_of(xs.transaction({command})) == errc::invalid_argument);
  }
}

TEST_CASE("a database that the server does not have is refused",
          "[redis refusal]") {
  redis_server server{{.config = {"databases 2"}}};
  auto options = at(server);
  options.database = 7;
  redis_world w{options};
  auto refused = w.open().get("a");
  CHECK(code_of(refused) == errc::unavailable);
  CHECK_THAT(text_of(refused), ContainsSubstring("DB index"));
}

TEST_CASE("a server that still loads its file is unavailable",
          "[redis refusal]") {
  redis_server server{
    // It looks up from loading after so many bytes, as they are in the file.
    {.config = {"key-load-delay 20000", "rdbcompression no",
                "loading-process-events-interval-bytes 1024"}}};
  redis_client before{server.socket()};
  for (auto i = 0; i < 100; ++i)
    before({"SET", std::to_string(i), std::string(2000, 'x')});
  before({"SAVE"});
  server.restart();
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open();
  auto refused = xs.get("a");
  CHECK(code_of(refused) == errc::unavailable);
  CHECK_THAT(text_of(refused), ContainsSubstring("LOADING"));
  redis_client{server.socket()}({"CONFIG", "SET", "key-load-delay", "0"});
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
}

TEST_CASE("a server without memory still reads", "[redis refusal]") {
  redis_server server;
  redis_client client{server.socket()};
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  client({"CONFIG", "SET", "maxmemory", "1"});
  auto refused = xs.put("a", "2");
  CHECK(code_of(refused) == errc::unavailable);
  CHECK_THAT(text_of(refused), ContainsSubstring("OOM"));
  auto one = [](auto&&...) { return "3"s; };
  CHECK(code_of(xs.update("a", one)) == errc::unavailable);
  CHECK(must(xs.get("a")) == "1");
  client({"CONFIG", "SET", "maxmemory", "0"});
  must(xs.put("a", "2"));
}

TEST_CASE("a replica takes no writes until it is a primary",
          "[redis refusal]") {
  redis_server server;
  redis_client client{server.socket()};
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  client({"REPLICAOF", "127.0.0.1", std::to_string(free_port())});
  for (auto i = 0; i < 20; ++i) {
    auto refused = xs.put("a", "2");
    CHECK(code_of(refused) == errc::unavailable);
    CHECK_THAT(text_of(refused), ContainsSubstring("READONLY"));
    CHECK(must(xs.get("a")) == "1");
  }
  client({"REPLICAOF", "NO", "ONE"});
  must(xs.put("a", "2"));
}

TEST_CASE("a key that holds something else is told apart", "[redis refusal]") {
  redis_server server;
  redis_client client{server.socket()};
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open();
  client({"LPUSH", "redis:a", "1"});
  auto refused = xs.get("a");
  CHECK(code_of(refused) == errc::type_mismatch);
  CHECK_THAT(text_of(refused), ContainsSubstring("WRONGTYPE"));
}

TEST_CASE("a server that forgot the scripts gets them again",
          "[redis refusal]") {
  redis_server server;
  redis_client client{server.socket()};
  redis_world w{at(server), {}, any_road()};
  auto xs = w.open<int>();
  for (auto i = 1; i <= 3; ++i) {
    client({"SCRIPT", "FLUSH"});
    auto increase = [](std::optional<int> x) { return x.value_or(0) + 1; };
    must(xs.update("a", increase));
    CHECK(must(xs.get("a")) == i);
  }
}

TEST_CASE("a server that is full is unavailable until somebody leaves",
          "[redis refusal]") {
  redis_server server;
  {
    redis_client client{server.socket()};
    client({"CONFIG", "SET", "maxclients", "1"});
    redis_world w{at(server), {}, any_road()};
    auto refused = w.open().get("a");
    CHECK(code_of(refused) == errc::unavailable);
    CHECK_THAT(text_of(refused), ContainsSubstring("max number of clients"));
    client({"CONFIG", "SET", "maxclients", "10"});
    wait_until([&] { return static_cast<bool>(w.open().get("a")); });
  }
}

TEST_CASE("a value of 64 MB comes back", "[redis refusal]") {
  redis_server server;
  // A call by mail must not take longer than five seconds.
  auto [by, size] = GENERATE(table<road, size_t>(
    {{road::direct, 64 * 1024 * 1024}, {road::mail, 16 * 1024 * 1024}}));
  redis_world w{at(server), {}, by};
  auto xs = w.open();
  std::string big(size, 'x');
  big.back() = 'y';
  must(xs.put("big", big));
  must(xs.put("small", "s"));
  CHECK(must(xs.get("big")) == big);
  CHECK(must(xs.get("small")) == "s");
}
