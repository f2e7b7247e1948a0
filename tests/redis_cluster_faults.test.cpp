// Clusters whose servers go, or say what a test has them say.

#include "adapters/redis/slots.hpp"

#include "support/certificates.hpp"
#include "support/fake_server.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_world.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <fmt/format.h>

#include <atomic>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

redis_options in_cluster(std::vector<std::string> nodes,
                         redis_options options = {}) {
  options.topology = redis_topology::cluster;
  options.nodes = std::move(nodes);
  return options;
}

std::string address_of(uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

/// Returns the reply to CLUSTER SLOTS where one server has them all.
std::string all_slots_at(uint16_t port) {
  return "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:"
         + std::to_string(port) + "\r\n";
}

/// Returns a key whose calls do not share a connection with those that ask for
/// the slots, where there are two.
std::string key_apart() {
  std::hash<std::string_view> hash;
  std::string result = "k";
  while (hash(result) % 2 == hash({}) % 2)
    result += 'k';
  return result;
}

/// Returns how long 1000 calls take that all must find nobody.
template <class Call>
std::chrono::nanoseconds time_of_failures(Call call) {
  auto begin = std::chrono::steady_clock::now();
  outcomes seen;
  for (auto i = 0; i < 1000; ++i)
    seen.add(call());
  CHECK(seen.unavailable == 1000);
  return std::chrono::steady_clock::now() - begin;
}

} // namespace

TEST_CASE("a command that a server has when it leaves is not sent to another",
          "[redis cluster]") {
  std::atomic<uint16_t> owner{0};
  std::atomic<uint16_t> heir{0};
  std::atomic<bool> asked{false};
  std::atomic<int> repeated{0};
  auto says_slots = [&](fake_peer& peer, const redis_command& command) {
    if (command.front() != "CLUSTER")
      return false;
    peer.send(all_slots_at(owner));
    return true;
  };
  fake_server seed{[&](fake_peer& peer) {
    peer.greet();
    while (auto command = peer.command())
      says_slots(peer, *command);
  }};
  fake_server leaves{[&](fake_peer& peer) {
    peer.greet();
    auto command = peer.command();
    while (command && says_slots(peer, *command))
      command = peer.command();
    if (!command)
      return;
    asked = true;
    peer.command(); // which is not answered any more
    owner = heir.load();
    peer.send("-MOVED 1 " + address_of(heir) + "\r\n");
    peer.ignore_all();
  }};
  fake_server comes{[&](fake_peer& peer) {
    peer.greet();
    while (auto command = peer.command())
      if (!says_slots(peer, *command)) {
        repeated += command->front() == "INCR";
        peer.send(command->front() == "GET" ? "+found\r\n" : ":2\r\n");
      }
  }};
  owner = leaves.port();
  heir = comes.port();
  redis_world w{in_cluster({address_of(seed.port())},
                           {.connections = 2, .command_timeout = 60s}),
                {},
                any_road()};
  auto xs = w.open_redis();
  auto key = key_apart();
  auto got = caf::expected<redis_reply>{errc::none};
  std::thread reader{[&] { got = xs.command({"GET", key}); }};
  wait_until([&] { return asked.load(); });
  auto unknown = xs.command({"INCR", key});
  reader.join();
  CHECK(must(got) == redis_reply{"found"});
  CHECK(code_of(unknown) == errc::unavailable);
  CHECK_THAT(text_of(unknown), ContainsSubstring("may have been executed"));
  CHECK(repeated == 0);
}

TEST_CASE(
  "a scan of a cluster goes on at the server where it was, or says that "
  "this has left",
  "[redis cluster]") {
  std::atomic<uint16_t> ports[2] = {0, 0};
  std::atomic<int> shape{0};
  std::atomic<int> looks{0};
  std::atomic<bool> moves{false};
  std::atomic<int> went_on{0};
  auto half = [&](size_t index) {
    return fmt::format("*3\r\n:{}\r\n:{}\r\n*2\r\n$9\r\n127.0.0.1\r\n:{}\r\n",
                       index * 8192, index * 8192 + 8191, ports[index].load());
  };
  auto slots = [&] {
    return shape == 0   ? "*2\r\n" + half(0) + half(1)
           : shape == 1 ? "*2\r\n" + half(1) + half(0)
                        : all_slots_at(ports[1]);
  };
  auto serve = [&](size_t index) {
    return [&, index](fake_peer& peer) {
      peer.greet();
      while (auto command = peer.command())
        if (command->front() == "CLUSTER") {
          peer.send(slots());
          ++looks;
        } else if (command->front() == "SCAN") {
          auto begins = (*command)[1] == "0";
          went_on += index == 0 && !begins;
          peer.send(begins ? "*2\r\n$1\r\n5\r\n*0\r\n"
                           : "*2\r\n$1\r\n0\r\n*0\r\n");
        } else if (moves.exchange(false)) {
          peer.send("-MOVED 16383 " + address_of(ports[1]) + "\r\n");
        } else {
          peer.send("+x\r\n");
        }
    };
  };
  fake_server first{serve(0)};
  fake_server second{serve(1)};
  ports[0] = first.port();
  ports[1] = second.port();
  redis_world w{in_cluster({address_of(second.port())}), {}, any_road()};
  auto xs = w.open_redis();
  auto take_shape = [&](int next) {
    shape = next;
    for (auto i = 0; i < 2; ++i) { // with the second look the first is known
      auto before = looks.load();
      moves = true;
      must(xs.command({"GET", "a"})); // its slot is one of the second server
      wait_until([&] { return looks > before; });
    }
  };
  auto begun = must(xs.scan_keys("")).cursor;
  take_shape(1);
  auto at_second = must(xs.scan_keys(begun)).cursor;
  CHECK(went_on == 1);
  take_shape(2);
  auto gone = xs.scan_keys(begun);
  CHECK(code_of(gone) == errc::unavailable);
  CHECK_THAT(text_of(gone), ContainsSubstring(address_of(first.port())));
  CHECK_FALSE(must(xs.scan_keys(at_second)).cursor.empty());
}

TEST_CASE("the servers of a cluster work on a batch at the same time",
          "[redis cluster]") {
  std::atomic<uint16_t> ports[2] = {0, 0};
  std::atomic<int> asked{0};
  auto serve = [&](fake_peer& peer) {
    peer.greet();
    while (auto command = peer.command())
      if (command->front() == "CLUSTER") {
        auto half = [&](size_t index) {
          return fmt::format(
            "*3\r\n:{}\r\n:{}\r\n*2\r\n$9\r\n127.0.0.1\r\n:{}\r\n",
            index * 8192, index * 8192 + 8191, ports[index].load());
        };
        peer.send("*2\r\n" + half(0) + half(1));
      } else {
        // No server answers before both have been asked.
        ++asked;
        wait_until([&] { return asked >= 2; });
        peer.send(command->front() == "MGET" ? "*1\r\n$-1\r\n" : ":1\r\n");
      }
  };
  fake_server first{serve};
  fake_server second{serve};
  auto answer = [](std::atomic<int>* x) { *x = 2; };
  std::unique_ptr<std::atomic<int>, decltype(answer)> in_the_end{&asked};
  ports[0] = first.port();
  ports[1] = second.port();
  redis_world w{in_cluster({address_of(first.port())},
                           {.command_timeout = 30s}),
                {},
                any_road()};
  auto xs = w.open();
  std::vector<std::string> keys{"k", "k"};
  for (size_t index = 0; index < 2; ++index)
    while (redis_wire::slot_of("redis:" + keys[index]) / 8192 != index)
      keys[index] += 'k';
  auto found = must(xs.get_many(keys));
  CHECK(found == std::vector<std::optional<std::string>>(2));
  asked = 0;
  CHECK(must(xs.erase_many(keys)) == 2);
}

TEST_CASE("the servers of a cluster speak TLS", "[redis cluster]") {
  temporary_folder folder;
  authority trusted{folder.path(), "authority"};
  auto own = trusted.sign("server");
  redis_cluster servers{
    2,
    false,
    {.config = {"tls-cluster yes", "tls-replication yes", "tls-auth-clients no",
                "tls-cert-file " + own.file, "tls-key-file " + own.key_file,
                "tls-ca-cert-file " + trusted.file()},
     .tls = true}};
  auto options = in_cluster(servers.nodes());
  options.ssl = {.enabled = true, .cacertfile = trusted.file()};
  redis_world w{options, {}, any_road()};
  auto xs = w.open_redis();
  std::vector<std::pair<std::string, std::string>> entries;
  for (auto i = 0; i < 100; ++i)
    entries.emplace_back("key" + std::to_string(i), std::to_string(i));
  must(xs.put_many(entries));
  CHECK(must(xs.size()) == 100);
  CHECK(must(xs.transaction({{"GET", "redis:none"}})).size() == 1);
  for (size_t index = 0; index < 2; ++index)
    CHECK(*servers.ask(servers.primary(index), {"DBSIZE"}).integer() > 20);
}

TEST_CASE("a transaction keeps to one slot of a cluster", "[redis cluster]") {
  redis_cluster servers{2};
  redis_world w{in_cluster(servers.nodes()), {}, any_road()};
  auto xs = w.open_redis();
  auto refused = xs.transaction({{"INCR", "a"}, {"INCR", "b"}});
  CHECK(code_of(refused) == errc::invalid_argument);
  CHECK_THAT(text_of(refused), ContainsSubstring("its keys are in 2 slots"));
  CHECK(must(xs.command({"GET", "a"})).is_nil());
  CHECK(
    must(xs.transaction({{"PING"}, {"INCR", "{t}a"}, {"INCR", "{t}b"}})).size()
    == 3);
}

TEST_CASE("what has a connection to itself finds a slot that moves",
          "[redis cluster]") {
  redis_cluster servers{2};
  redis_world w{in_cluster(servers.nodes()), {}, any_road()};
  auto xs = w.open_redis();
  auto slot = redis_wire::slot_of("{t}");
  auto owner = slot < 8192 ? size_t{0} : size_t{1};
  auto check = [&](const std::string& queue, const std::string& count) {
    must(xs.command({"RPUSH", queue, "x"}));
    CHECK(must(xs.command({"BLPOP", queue, "1"})).items() != nullptr);
    CHECK(must(xs.transaction({{"INCR", count}, {"INCR", count}})).size() == 2);
    CHECK(*must(xs.command({"GET", count})).string() == "2");
  };
  check("{t}1", "{t}a");
  servers.move_slot(slot, servers.primary(owner), servers.primary(1 - owner),
                    [&] { check("{t}2", "{t}b"); });
  check("{t}3", "{t}c");
}

TEST_CASE("calls fail at once while all of a cluster is down",
          "[redis cluster]") {
  redis_cluster servers{3};
  redis_world w{in_cluster(servers.nodes(), {.command_timeout = 60s}),
                {},
                any_road()};
  auto xs = w.open();
  must(xs.put("a", "1"));
  for (size_t index = 0; index < 3; ++index)
    servers.primary(index).kill();
  CHECK(time_of_failures([&] { return xs.get("a"); }) < 30s);
  CHECK(time_of_failures([&] { return xs.put("a", "2"); }) < 30s);
}

TEST_CASE("a primary that nobody replaces costs one timeout",
          "[redis cluster]") {
  redis_cluster servers{2};
  redis_world w{in_cluster(servers.nodes(), impatient()), {}, any_road()};
  auto xs = w.open();
  auto key_at = [&](size_t index) {
    std::string key = "k";
    while (redis_wire::slot_of("redis:" + key) / 8192 != index)
      key += 'k';
    return key;
  };
  auto dead = key_at(1);
  auto well = key_at(0);
  wait_until([&] { return xs.put(dead, "1") && xs.put(well, "1"); });
  servers.primary(1).kill();
  CHECK(time_of_failures([&] { return xs.get(dead); }) < 20s);
  CHECK(must(xs.get(well)) == "1");
  // What the others have done is told.
  auto full = [](const std::string& key) { return "redis:" + key; };
  auto commands = w.open_redis();
  auto replies = must(
    commands.pipeline({{"SET", full(well), "2"}, {"SET", full(dead), "2"}}));
  REQUIRE(replies.size() == 2);
  CHECK(replies[0] == redis_reply{"OK"});
  REQUIRE(replies[1].error() != nullptr);
  CHECK(replies[1].error()->code() == "UNAVAILABLE");
  CHECK(code_of(commands.pipeline({{"SET", full(dead), "2"}}))
        == errc::unavailable);
  servers.primary(1).restart();
  wait_until([&] { return static_cast<bool>(xs.get(dead)); });
}
