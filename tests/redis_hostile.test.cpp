// Servers that break the protocol, and connections that break.

#include "support/fake_server.hpp"
#include "support/redis_world.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::string_view miss = "$-1\r\n";

redis_options at(const fake_server& server) {
  return {.host = "127.0.0.1", .port = server.port()};
}

} // namespace

TEST_CASE("bytes that are no reply cost the connection", "[redis hostile]") {
  auto bytes = GENERATE(as<std::string>{}, "?\r\n", "$-5\r\n", ":twelve\r\n",
                        "*-7\r\n", "$99999999999999999999\r\n",
                        "*99999999999999999999\r\n",
                        "HTTP/1.1 400 Bad Request\r\n\r\n");
  CAPTURE(bytes);
  fake_server server{[&](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all(bytes);
                     },
                     [](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all("+OK\r\n");
                     }};
  redis_world w{brisk(at(server)), {}, any_road()};
  auto xs = w.open();
  auto refused = xs.put("a", "1");
  CHECK(code_of(refused) == errc::unavailable);
  CHECK_THAT(text_of(refused), ContainsSubstring("what is no reply"));
  must(xs.put("a", "1"));
}

TEST_CASE("replies too deep to be true cost the connection",
          "[redis hostile]") {
  std::string bytes;
  for (auto i = 0; i < 100'000; ++i)
    bytes += "*1\r\n";
  fake_server server{[&](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all(bytes);
                     },
                     [](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all("+OK\r\n");
                     }};
  redis_world w{brisk(at(server))};
  CHECK(code_of(w.open().put("a", "1")) == errc::unavailable);
  must(w.open().put("a", "1"));
}

TEST_CASE("a reply that announces more than will come ends with its deadline",
          "[redis hostile]") {
  auto bytes = GENERATE(as<std::string>{}, "*2147483647\r\n", "*4294967295\r\n",
                        "$2147483647\r\nabc", "+never ends", "*3\r\n:1\r\n");
  CAPTURE(bytes);
  fake_server server{[&](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       peer.send(bytes);
                       peer.ignore_all();
                     },
                     [](fake_peer& peer) {
                       peer.greet();
                       peer.answer_all(miss);
                     }};
  redis_world w{impatient(at(server)), {}, any_road()};
  auto xs = w.open();
  CHECK_FALSE(xs.get("a"));
  // Nothing that comes later is taken for the rest of it.
  wait_until([&] {
    auto found = xs.get("b");
    return found && !*found;
  });
}

TEST_CASE("a reply that never ends is cut off", "[redis hostile]") {
  std::atomic<bool> stop{false};
  fake_server server{[&](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       peer.send("*2147483647\r\n");
                       while (!stop)
                         peer.send(":1\r\n");
                     },
                     [&](fake_peer& peer) {
                       stop = true;
                       peer.greet();
                       peer.answer_all(miss);
                     }};
  redis_world w{impatient(at(server)), {}, any_road()};
  auto xs = w.open();
  CHECK(code_of(xs.get("a")) == errc::timeout);
  wait_until([&] { return static_cast<bool>(xs.get("b")); });
}

TEST_CASE("a reply of the wrong kind is an error", "[redis hostile]") {
  fake_server server{[](fake_peer& peer) {
    peer.greet();
    while (auto command = peer.command())
      peer.send(command->front() == "SCAN"
                  ? "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nx\r\n"
                : command->front() == "MGET" ? "*1\r\n$-1\r\n"
                                             : "*0\r\n");
  }};
  redis_world w{brisk(at(server)), {}, any_road()};
  auto xs = w.open();
  CHECK(code_of(xs.get("a")) == errc::unavailable);
  CHECK(code_of(xs.erase("a")) == errc::unavailable);
  CHECK(code_of(xs.get_many(std::vector<std::string>{"a", "b"}))
        == errc::unavailable);
  CHECK(must(xs.scan()).entries.empty());
  CHECK(code_of(xs.update("a", [](auto&&...) { return "1"s; }))
        == errc::unavailable);
}

TEST_CASE("a reply cut in the middle is asked for again, a write is not",
          "[redis hostile]") {
  std::atomic<int> writes{0};
  fake_server server{[&](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       peer.send("$10\r\nabc");
                     },
                     [&](fake_peer& peer) {
                       peer.greet();
                       peer.command();
                       peer.send(miss);
                       ++writes;
                       peer.command();
                       peer.send("+O");
                     },
                     [&](fake_peer& peer) {
                       peer.greet();
                       while (auto command = peer.command()) {
                         if (command->front() == "SET")
                           ++writes;
                         peer.send(miss);
                       }
                     }};
  redis_world w{brisk(at(server)), {}, any_road()};
  auto xs = w.open();
  CHECK_FALSE(must(xs.get("a")));
  CHECK(server.accepted() == 2);
  auto broken = xs.put("a", "1");
  CHECK(code_of(broken) == errc::unavailable);
  CHECK_THAT(text_of(broken), ContainsSubstring("may have been executed"));
  CHECK_FALSE(must(xs.get("a")));
  CHECK(writes == 1);
}

TEST_CASE("a read is repeated once", "[redis hostile]") {
  fake_server server{[](fake_peer& peer) {
    peer.greet();
    peer.command();
  }};
  redis_world w{brisk(at(server)), {}, any_road()};
  CHECK(code_of(w.open().get("a")) == errc::unavailable);
  CHECK(server.accepted() >= 2);
}
