// Connections for one caller at a time.

#include <sys/socket.h>

#include "support/fake_server.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"
#include "support/redis_world.hpp"

#include "../adapters/redis/exclusive_pool.hpp"

#include <netinet/in.h>

#include <atomic>
#include <filesystem>
#include <future>

using namespace actor_cache;
using namespace actor_cache::redis_wire;
using namespace actor_cache::test;

namespace {

connection_settings settings_for(uint16_t port) {
  redis_wire::address where{"127.0.0.1", port};
  return {[where](const interruption&) -> caf::expected<redis_wire::address> {
            return where;
          },
          {{}, nullptr, std::make_shared<manual_clock>(), 60s},
          60s,
          1ms,
          20ms};
}

/// A pool and the shared connection that it asks.
struct watched_pool {
  watched_pool(const redis_options& options,
               const connection_settings& settings)
    : sentry(settings), pool(options, settings, sentry) {
    sentry.start();
  }

  connection sentry;
  exclusive_pool pool;
};

real_time in(timespan span) {
  return redis_wire::real_clock::now() + span;
}

/// Counts the connections of this process to `port`.
size_t open_to(uint16_t port) {
  size_t result = 0;
  for (const auto& x : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    auto fd = std::stoi(x.path().filename());
    auto* where = reinterpret_cast<sockaddr*>(&peer);
    if (::getpeername(fd, where, &size) == 0 && peer.sin_family == AF_INET
        && ntohs(peer.sin_port) == port)
      ++result;
  }
  return result;
}

} // namespace

TEST_CASE("there are never more exclusive connections than options allow",
          "[redis pool]") {
  redis_server server;
  watched_pool w{{.size = 2, .max_overflow = 3}, settings_for(server.port())};
  auto& pool = w.pool;
  std::atomic<size_t> most{0};
  std::atomic<int> failed{0};
  std::atomic<bool> stop{false};
  size_t most_at_server = 0;
  auto watch = std::async(std::launch::async, [&] {
    redis_client client{server.socket()};
    while (!stop) {
      auto text = *client({"CLIENT", "LIST", "TYPE", "normal"}).string();
      size_t count = 0;
      for (size_t pos = 0; (pos = text.find("cmd=blpop", pos)) != text.npos;
           ++pos)
        ++count;
      most_at_server = std::max(most_at_server, count);
    }
  });
  on_threads(12, [&](size_t) {
    for (auto i = 0; i < 30; ++i) {
      if (!pool.call({"BLPOP", "nothing", "0.005"}, in(60s)))
        ++failed;
      for (auto now = pool.counts().first, before = most.load();
           now > before && !most.compare_exchange_weak(before, now);)
        ;
    }
  });
  stop = true;
  watch.get();
  CHECK(failed == 0);
  CHECK(most <= 5);
  CHECK(most_at_server <= 5);
  auto [open, idle] = pool.counts();
  CHECK(open == idle);
  CHECK(open <= 2);
  pool.stop();
  CHECK(pool.counts() == std::pair<size_t, size_t>{0, 0});
}

TEST_CASE("calls that fail do not let more exclusive connections exist",
          "[redis pool]") {
  std::atomic<int> talks{0};
  fake_server server{[](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all("+PONG\r\n");
                     },
                     [&](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       if (++talks % 2 == 0)
                         peer.ignore_all();
                     }};
  auto settings = settings_for(server.port());
  connection sentry{settings};
  sentry.start();
  wait_until([&] { return sentry.times_connected() == 1; });
  std::atomic<size_t> most{0};
  settings.where = [&, where = settings.where](const interruption& by) {
    // All but the one that is about to be made.
    for (auto now = open_to(server.port()), before = most.load();
         now > before && !most.compare_exchange_weak(before, now);)
      ;
    return where(by);
  };
  exclusive_pool pool{{.size = 1, .max_overflow = 0}, settings, sentry};
  std::atomic<int> failed{0};
  on_threads(4, [&](size_t) {
    for (auto i = 0; i < 50; ++i)
      failed += pool.call({"GET", "a"}, in(20ms)) ? 0 : 1;
  });
  CHECK(failed == 200);
  CHECK(talks > 2);
  CHECK(most == 1); // the sentry's
  CHECK(pool.counts() == std::pair<size_t, size_t>{0, 0});
}

TEST_CASE("the strategy says which idle connection is used next",
          "[redis pool]") {
  redis_server server;
  auto strategy = GENERATE(redis_strategy::lifo, redis_strategy::fifo);
  watched_pool w{{.size = 2, .max_overflow = 0, .strategy = strategy},
                 settings_for(server.port())};
  redis_client client{server.socket()};
  auto both = std::async(std::launch::async, [&] {
    on_threads(2, [&](size_t) {
      must(w.pool.call({"BLPOP", "queue", "0"}, in(60s)));
    });
  });
  wait_until([&] {
    return client({"INFO", "clients"}).string()->find("blocked_clients:2")
           != std::string::npos;
  });
  client({"RPUSH", "queue", "x", "y"});
  both.get();
  CHECK(w.pool.counts() == std::pair<size_t, size_t>{2, 2});
  auto id = [&] {
    return *must(w.pool.call({"CLIENT", "ID"}, in(60s))).integer();
  };
  auto first = id();
  auto second = id();
  CHECK((first == second) == (strategy == redis_strategy::lifo));
  CHECK(id() == first);
}

TEST_CASE("transactions take exclusive connections, one each", "[redis pool]") {
  redis_server server;
  redis_world w{{.host = server.host(), .port = server.port(), .size = 2},
                {},
                any_road()};
  auto xs = w.open_redis();
  on_threads(4, [&](size_t) {
    for (auto i = 0; i < 50; ++i)
      must(xs.transaction({{"INCR", "n"}, {"INCR", "n"}}));
  });
  CHECK(*must(xs.command({"GET", "n"})).string() == "400");
  redis_client client{server.socket()};
  auto clients = *client({"CLIENT", "LIST", "TYPE", "normal"}).string();
  CHECK(clients.find("cmd=exec") != std::string::npos);
  CHECK(clients.find("cmd=get") != std::string::npos);
}

TEST_CASE("whoever finds all exclusive connections in use waits up to the "
          "deadline",
          "[redis pool]") {
  redis_server server;
  watched_pool w{{.size = 1, .max_overflow = 0}, settings_for(server.port())};
  auto& pool = w.pool;
  redis_client client{server.socket()};
  auto first = std::async(std::launch::async, [&] {
    must(pool.call({"BLPOP", "queue", "0"}, in(60s)));
  });
  wait_until([&] {
    return client({"INFO", "clients"}).string()->find("blocked_clients:1")
           != std::string::npos;
  });
  CHECK(code_of(pool.call({"PING"}, in(50ms))) == errc::timeout);
  client({"RPUSH", "queue", "x"});
  first.get();
  CHECK(must(pool.call({"PING"}, in(60s))) == redis_reply{"PONG"});
}

TEST_CASE("an exclusive connection that was cut is replaced", "[redis pool]") {
  redis_server server;
  watched_pool w{{.size = 1, .max_overflow = 0}, settings_for(server.port())};
  auto& pool = w.pool;
  // Else the sentry may look for a server that is just being restarted.
  wait_until([&] { return w.sentry.times_connected() == 1; });
  for (auto i = 0; i < 10; ++i) {
    CHECK(must(pool.call({"PING"}, in(60s))) == redis_reply{"PONG"});
    server.restart();
  }
  server.kill();
  CHECK(code_of(pool.call({"PING"}, in(60s))) == errc::unavailable);
  CHECK(pool.counts() == std::pair<size_t, size_t>{0, 0});
}

TEST_CASE("an exclusive connection is not made beyond the deadline",
          "[redis pool]") {
  fake_server server{[](fake_peer& peer) { peer.ignore_all(); }};
  watched_pool w{{.size = 1, .max_overflow = 0}, settings_for(server.port())};
  auto& pool = w.pool;
  CHECK_FALSE(pool.call({"PING"}, in(50ms)));
  CHECK(pool.counts() == std::pair<size_t, size_t>{0, 0});
}

TEST_CASE("a call that is late does not leave its reply to the next",
          "[redis pool]") {
  redis_server server;
  watched_pool w{{.size = 1, .max_overflow = 0}, settings_for(server.port())};
  auto& pool = w.pool;
  redis_client client{server.socket()};
  CHECK(code_of(pool.call({"BLPOP", "queue", "0"}, in(50ms))) == errc::timeout);
  client({"RPUSH", "queue", "x"});
  CHECK(must(pool.call({"PING"}, in(60s))) == redis_reply{"PONG"});
}

TEST_CASE("a pool that stops ends the calls that wait", "[redis pool]") {
  redis_server server;
  watched_pool w{{.size = 1, .max_overflow = 1}, settings_for(server.port())};
  auto& pool = w.pool;
  std::atomic<int> failed{0};
  auto stopper = std::async(std::launch::async, [&] {
    redis_client client{server.socket()};
    wait_until([&] {
      return client({"INFO", "clients"}).string()->find("blocked_clients:2")
             != std::string::npos;
    });
    pool.stop();
  });
  on_threads(4, [&](size_t) {
    if (!pool.call({"BLPOP", "queue", "0"}, in(60s)))
      ++failed;
  });
  stopper.get();
  CHECK(failed == 4);
  CHECK(pool.counts() == std::pair<size_t, size_t>{0, 0});
}

TEST_CASE("calls fail at once while the shared connection is down",
          "[redis pool]") {
  redis_server server;
  auto settings = settings_for(server.port());
  settings.reconnect_delay = settings.max_reconnect_delay = 60s;
  watched_pool w{{}, settings};
  CHECK(must(w.pool.call({"PING"}, in(60s))) == redis_reply{"PONG"});
  server.kill();
  wait_until([&] { return !w.pool.call({"PING"}, in(60s)); });
  wait_until([&] { return !w.sentry.why_down().empty(); });
  server.restart(); // but nobody looks for it before a minute is over
  for (auto i = 0; i < 1000; ++i)
    CHECK(code_of(w.pool.call({"PING"}, in(60s))) == errc::unavailable);
}

TEST_CASE("a server that hangs costs one wait for an exclusive connection",
          "[redis pool]") {
  auto ignore = [](fake_peer& peer) { peer.ignore_all(); };
  fake_server server{[&](fake_peer& peer) {
                       peer.greet(); // the sentry: all is well, it seems
                       ignore(peer);
                     },
                     ignore};
  auto settings = settings_for(server.port());
  settings.dial.timeout = settings.command_timeout = 200ms;
  settings.reconnect_delay = settings.max_reconnect_delay = 60s;
  watched_pool w{{}, settings};
  wait_until([&] { return w.sentry.times_connected() == 1; });
  for (auto i = 0; i < 1000; ++i)
    CHECK(code_of(w.pool.call({"PING"}, in(60s))) == errc::unavailable);
  CHECK(server.accepted() == 2);
}

TEST_CASE("exclusive connections are back with the server", "[redis pool]") {
  redis_server server;
  watched_pool w{{}, settings_for(server.port())};
  for (auto round = 0; round < 3; ++round) {
    CHECK(must(w.pool.call({"PING"}, in(60s))) == redis_reply{"PONG"});
    server.kill();
    wait_until([&] {
      return !w.sentry.why_down().empty() || !w.pool.call({"PING"}, in(60s));
    });
    server.restart();
    wait_until(
      [&] { return static_cast<bool>(w.pool.call({"PING"}, in(60s))); });
  }
}

TEST_CASE("a server that only refuses more connections is not given up",
          "[redis pool]") {
  redis_server server{{.config = {"maxclients 2"}}};
  watched_pool w{{}, settings_for(server.port())};
  wait_until([&] { return w.sentry.times_connected() == 1; });
  redis_client other{server.socket()};
  auto refused = w.pool.call({"PING"}, in(60s));
  CHECK(code_of(refused) == errc::unavailable);
  CHECK(text_of(refused).find("max number of clients") != std::string::npos);
  auto known = w.sentry.send({"PING"}, repeat::harmless);
  CHECK(must(w.sentry.wait(*known)) == redis_reply{"PONG"});
  CHECK(w.sentry.times_connected() == 1);
  CHECK(w.sentry.why_down().empty());
}
