// A server that is not there, goes, hangs, or comes back.

#include "support/fake_server.hpp"
#include "support/redis_client.hpp"
#include "support/redis_world.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>
#include <filesystem>
#include <future>
#include <iterator>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

redis_options at(const redis_server& server) {
  return {.host = server.host(), .port = server.port()};
}

redis_options at(const fake_server& server) {
  return {.host = "127.0.0.1", .port = server.port()};
}

constexpr std::string_view miss = "$-1\r\n";

} // namespace

TEST_CASE("a cache starts without its server, and finds it later",
          "[redis outage]") {
  auto port = free_port(10000);
  redis_world w{brisk({.host = "127.0.0.1", .port = port}), {}, any_road()};
  auto xs = w.open();
  auto first = xs.get("a");
  CHECK(code_of(first) == errc::unavailable);
  CHECK_THAT(text_of(first), Catch::Matchers::ContainsSubstring(
                               "127.0.0.1:" + std::to_string(port)));
  CHECK(code_of(xs.put("a", "1")) == errc::unavailable);
  redis_server server{{.port = port}};
  wait_until([&] { return static_cast<bool>(xs.put("a", "1")); });
  CHECK(must(xs.get("a")) == "1");
}

TEST_CASE("calls fail at once while the server is down", "[redis outage]") {
  redis_server server;
  // With a minute until the next attempt, and for each command.
  auto options = at(server);
  options.command_timeout = options.reconnect_delay = 60s;
  options.max_reconnect_delay = 60s;
  redis_world w{options, {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  server.kill();
  outcomes seen;
  for (auto i = 0; i < 1000; ++i)
    seen.add(xs.get("a"));
  CHECK(seen.unavailable == 1000);
}

TEST_CASE("a cache tells what it has counted while the server is down",
          "[redis outage]") {
  redis_server server;
  redis_world w{brisk(at(server)), {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  must(xs.get("a"));
  must(xs.get("b"));
  CHECK(must(xs.stats()).size == 1);
  server.kill();
  auto stats = must(xs.stats());
  CHECK(stats.puts == 1);
  CHECK(stats.hits == 1);
  CHECK(stats.misses == 1);
  CHECK(stats.size == 0);
  CHECK(code_of(xs.size()) == errc::unavailable);
}

TEST_CASE("a server that is started again is found again", "[redis outage]") {
  redis_server server;
  redis_world w{brisk(at(server)), {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  for (auto round = 0; round < 3; ++round) {
    server.restart();
    wait_until([&] { return static_cast<bool>(xs.get("a")); });
    CHECK_FALSE(must(xs.get("a")));
    must(xs.put("a", "2"));
  }
}

TEST_CASE("a server that hangs costs one timeout", "[redis outage]") {
  redis_server server;
  redis_world w{impatient(at(server)), {}, any_road()};
  auto xs = w.open();
  wait_until([&] { return static_cast<bool>(xs.put("a", "1")); });
  server.pause(); // the kernel still accepts connections
  outcomes seen;
  for (auto i = 0; i < 1000; ++i)
    seen.add(xs.get("a"));
  CHECK(seen.timeouts == 1);
  CHECK(seen.unavailable == 999);
  server.resume();
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
  CHECK(must(xs.get("a")) == "1");
}

TEST_CASE("a server that accepts and never answers costs one timeout",
          "[redis outage]") {
  fake_server server{[](fake_peer& peer) { peer.ignore_all(); }};
  auto options = impatient(at(server));
  options.connect_timeout = 60s;
  redis_world w{options, {}, any_road()};
  auto xs = w.open();
  outcomes seen;
  for (auto i = 0; i < 1000; ++i)
    seen.add(xs.get("a"));
  CHECK(seen.timeouts == 1);
  CHECK(seen.unavailable == 999);
}

TEST_CASE("a server that was given up is back with the next log-in",
          "[redis outage]") {
  std::promise<void> healed;
  auto until_healed = healed.get_future().share();
  fake_server server{[](fake_peer& peer) {
                       peer.greet();
                       peer.ignore_all();
                     },
                     [&](fake_peer& peer) {
                       until_healed.wait();
                       peer.greet();
                       peer.answer_all(miss);
                     }};
  auto options = impatient(at(server));
  options.connect_timeout = 60s;
  redis_world w{options, {}, any_road()};
  auto xs = w.open();
  outcomes seen;
  while (server.accepted() < 2 || seen.unavailable < 1000)
    seen.add(xs.get("a"));
  CHECK(seen.timeouts == 1);
  CHECK(seen.good == 0);
  healed.set_value();
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
  CHECK(server.accepted() == 2);
}

TEST_CASE("callers that wait all end when a server hangs", "[redis outage]") {
  redis_server server;
  redis_world w{impatient(at(server)), {}, any_road()};
  auto xs = w.open();
  wait_until([&] { return static_cast<bool>(xs.put("a", "1")); });
  std::atomic<int> ended{0};
  std::thread trouble{[&] {
    for (auto round = 1; round <= 3; ++round) {
      wait_until([&] { return ended >= round * 300; });
      server.pause();
      wait_until([&] { return ended >= round * 300 + 200; });
      server.resume();
    }
  }};
  std::atomic<int> wrong{0};
  on_threads(8, [&](size_t) {
    while (ended < 1200) {
      auto found = xs.get("a");
      if (found && *found != "1")
        ++wrong;
      ++ended;
    }
  });
  trouble.join();
  CHECK(wrong == 0);
  wait_until([&] { return static_cast<bool>(xs.get("a")); });
}

TEST_CASE("a thousand reconnects leave no thread and no descriptor behind",
          "[redis outage]") {
  redis_server server;
  redis_client client{server.socket()};
  redis_world w{brisk(at(server)), {}, any_road()};
  auto xs = w.open();
  auto count = [](const char* what) {
    auto path = std::filesystem::path{"/proc/self"} / what;
    return std::distance(std::filesystem::directory_iterator{path}, {});
  };
  auto reconnect = [&] {
    client({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    wait_until([&] { return static_cast<bool>(xs.get("a")); });
  };
  must(xs.put("a", "1"));
  reconnect();
  auto threads = count("task");
  auto files = count("fd");
  auto connected = [&] {
    constexpr std::string_view mark = "total_connections_received:";
    auto text = *client({"INFO", "stats"}).string();
    return std::stoi(text.substr(text.find(mark) + mark.size()));
  };
  for (auto until = connected() + 1000; connected() < until;)
    reconnect();
  CHECK(count("task") == threads);
  CHECK(count("fd") == files);
}

TEST_CASE("commands that block fail at once while the server hangs",
          "[redis outage]") {
  redis_server server;
  redis_world w{impatient(at(server)), {}, any_road()};
  auto xs = w.open_redis();
  redis_command pop{"BLPOP", "redis:queue", "0.001"};
  wait_until([&] { return static_cast<bool>(xs.command(pop)); });
  server.pause();
  outcomes seen;
  for (auto i = 0; i < 1000; ++i)
    seen.add(xs.command(pop));
  // One on the connection that was there, one for another connection.
  CHECK(seen.timeouts <= 2);
  CHECK(seen.timeouts + seen.unavailable == 1000);
  server.resume();
  wait_until([&] { return static_cast<bool>(xs.command(pop)); });
}

TEST_CASE("commands that block end with their cache, or its actor",
          "[redis outage]") {
  redis_server server;
  redis_client client{server.socket()};
  auto threads = [] {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/task"},
                         {});
  };
  auto before = threads();
  auto by = any_road();
  {
    redis_world w{brisk(at(server)), {}, by};
    auto xs = w.open_redis().within(1h);
    std::vector<std::thread> callers;
    std::atomic<int> wrong{0};
    for (auto i = 0; i < 4; ++i)
      callers.emplace_back([&] {
        auto popped = xs.command({"BLPOP", "redis:queue", "0"});
        if (popped || popped.error() != errc::cache_not_running)
          ++wrong;
      });
    wait_until([&] {
      return client({"INFO", "clients"}).string()->find("blocked_clients:4")
             != std::string::npos;
    });
    SECTION("the cache is stopped") {
      w.stop();
    }
    SECTION("its actor dies") {
      if (by == road::mail) {
        w.crash("redis");
        CHECK_FALSE(must(w.open().get("a")));
      } else {
        w.stop(); // calls on this thread go on without the actor
      }
    }
    for (auto& x : callers)
      x.join();
    CHECK(wrong == 0);
  }
  wait_until([&] { return threads() == before; });
}

TEST_CASE("a cache stops at once while its server hangs", "[redis outage]") {
  redis_server server;
  auto options = brisk(at(server));
  redis_world w{options, {}, any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  server.pause();
  std::vector<std::thread> callers;
  std::atomic<int> waiting{0};
  std::atomic<int> failed{0};
  for (auto i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      ++waiting;
      if (!xs.get("a"))
        ++failed;
    });
  wait_until([&] { return waiting == 4; });
  w.stop();
  for (auto& x : callers)
    x.join();
  CHECK(failed == 4);
}
