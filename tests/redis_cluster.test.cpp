#include "adapters/redis/slots.hpp"

#include "support/redis_cluster.hpp"
#include "support/redis_world.hpp"

#include "actor_cache/adapters/redis.hpp"

#include <atomic>
#include <set>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

std::string key_of(int index) {
  return "key" + std::to_string(index);
}

/// A cache on a cluster.
class cluster_world : public world {
public:
  explicit cluster_world(redis_cluster& servers, redis_options options = {},
                         road by = road::direct)
    : road_(by) {
    options.topology = redis_topology::cluster;
    // The others are learned from this one.
    options.nodes = {servers.nodes().front()};
    start(
      {cache_spec{.name = "users", .adapter = options, .call_timeout = 60s}});
  }

  cache<int> users() {
    auto result = find<int>("users");
    if (road_ == road::direct)
      return result;
    return cache<int>::over_mail(system(), "users", must(result.actor()));
  }

private:
  road road_;
};

/// Writes and reads on some threads until told to stop; each reads back what it
/// wrote last.
class load {
public:
  explicit load(cache<int> xs) {
    for (int index = 0; index < 4; ++index)
      threads_.emplace_back([this, xs, index] { run(xs, index); });
  }

  ~load() {
    stop();
  }

  void stop() {
    over_ = true;
    for (auto& x : threads_)
      if (x.joinable())
        x.join();
  }

  void await(uint64_t more) {
    auto until = rounds_ + more;
    wait_until([&] { return rounds_ >= until; });
  }

  std::atomic<bool> over_{false};
  std::atomic<uint64_t> rounds_{0};
  std::atomic<uint64_t> failures_{0};
  std::atomic<uint64_t> lost_{0};

private:
  void run(const cache<int>& xs, int thread) {
    for (int round = 0; !over_; ++round) {
      auto key = std::to_string(thread) + ":" + std::to_string(round % 100);
      if (auto put = xs.put(key, round); !put) {
        ++failures_;
        continue;
      }
      auto got = xs.get(key);
      if (!got)
        ++failures_;
      else if (*got != round)
        ++lost_;
      ++rounds_;
    }
  }

  std::vector<std::thread> threads_;
};

} // namespace

TEST_CASE("keys have the slots that Redis Cluster says", "[redis cluster]") {
  redis_cluster servers{1};
  for (auto key : {"", "a", "123456789", "user:1", "{user1000}.following",
                   "foo{}{bar}", "foo{{bar}}zap", "foo{bar}{zap}", "}{", "{a"})
    CHECK(int64_t{redis_wire::slot_of(key)}
          == *servers.ask(servers.primary(0), {"CLUSTER", "KEYSLOT", key})
                .integer());
}

TEST_CASE("a cluster answers every call, whichever server has the key",
          "[redis cluster]") {
  redis_cluster servers{3};
  cluster_world w{servers};
  auto users = w.users();
  constexpr int count = 1000;
  for (int index = 0; index < count; ++index)
    must(users.put(key_of(index), index));
  for (size_t index = 0; index < 3; ++index)
    CHECK(*servers.ask(servers.primary(index), {"DBSIZE"}).integer() > 200);
  for (int index = 0; index < count; ++index)
    CHECK(must(users.get(key_of(index))) == index);
  CHECK(must(users.size()) == count);
  SECTION("many at once") {
    std::vector<std::string> keys;
    std::vector<std::pair<std::string, int>> entries;
    for (int index = 0; index < count; ++index) {
      keys.push_back(key_of(index));
      entries.emplace_back(key_of(index), -index);
    }
    must(users.put_many(entries));
    keys.push_back("missing");
    auto found = must(users.get_many(keys));
    for (int index = 0; index < count; ++index)
      CHECK(found[static_cast<size_t>(index)] == -index);
    CHECK(found.back() == std::nullopt);
    CHECK(must(users.erase_many(keys)) == count);
    CHECK(must(users.size()) == 0);
  }
  SECTION("as one step") {
    CHECK(must(users.increment("key7", 5)) == 12);
    CHECK(must(users.update("key8", [](auto x) { return *x * 2; })) == 16);
    CHECK(must(users.take("key9")) == 9);
    CHECK_FALSE(must(users.put_new("key1", 0)));
  }
  SECTION("by a scan") {
    std::set<std::string> seen;
    must(
      users.for_each([&](const std::string& key, int) { seen.insert(key); }));
    CHECK(seen.size() == count);
  }
  SECTION("clear") {
    must(users.clear());
    CHECK(must(users.size()) == 0);
  }
}

TEST_CASE("a slot that moves to another server takes its keys along",
          "[redis cluster]") {
  redis_cluster servers{2};
  cluster_world w{servers};
  auto users = w.users();
  auto key = [](int index) { return "{tag}" + std::to_string(index); };
  auto slot = redis_wire::slot_of("users:{tag}");
  auto owner = slot < 8192 ? size_t{0} : size_t{1};
  for (int index = 0; index < 40; ++index)
    must(users.put(key(index), index));
  auto check = [&](int end) {
    std::vector<std::string> keys;
    for (int index = 0; index < end; ++index) {
      CHECK(must(users.get(key(index))) == index);
      keys.push_back(key(index));
    }
    must(users.put(key(end), end));
    CHECK(must(users.increment(key(end), 0)) == end);
    // Several commands at once, for keys that are here, there, and nowhere.
    must(users.erase(key(end)));
    CHECK(must(users.get(key(end))) == std::nullopt);
    CHECK(must(users.put_new(key(end), end)));
    CHECK_FALSE(must(users.put_new(key(end), 0)));
    CHECK_FALSE(must(users.put_new(key(0), 0)));
    CHECK(must(users.replace(key(0), 0)));
  };
  servers.move_slot(slot, servers.primary(owner), servers.primary(1 - owner),
                    [&] { check(40); });
  check(41);
  // All at once again, now that the slot is whole.
  auto found = must(users.get_many({key(0), key(41)}));
  CHECK(found[0] == 0);
  CHECK(found[1] == 41);
}

TEST_CASE("calls for many keys do not wait for the end of a slot's move",
          "[redis cluster]") {
  redis_cluster servers{3, true};
  auto by = any_road();
  redis_world w{{.topology = redis_topology::cluster,
                 .nodes = servers.nodes(),
                 .command_timeout = 60s},
                {},
                by};
  auto xs = w.open_redis();
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, std::string>> entries;
  for (int index = 0; index < 40; ++index) {
    keys.push_back("{tag}" + std::to_string(index));
    entries.emplace_back(keys.back(), std::to_string(index));
  }
  must(xs.put_many(entries));
  auto about = [&](const char* name, size_t first, size_t count) {
    redis_command result{name};
    for (auto i = first; i < first + count; ++i)
      result.push_back("redis:" + keys[i]);
    return result;
  };
  auto slot = redis_wire::slot_of("redis:{tag}");
  auto owner = slot * 3 / 16384; // as they are dealt out
  auto check = [&] {
    auto begin = std::chrono::steady_clock::now();
    keys.push_back("{tag}missing");
    auto found = must(xs.get_many(keys));
    for (size_t index = 0; index < 40; ++index)
      CHECK(found[index] == std::to_string(index));
    CHECK(found.back() == std::nullopt);
    auto texts = must(xs.command(about("mget", 0, 41)));
    REQUIRE(texts.items()->size() == 41);
    CHECK(texts.items()->back().is_nil());
    CHECK((*texts.items())[39].string() != nullptr);
    CHECK(must(xs.command(about("EXISTS", 0, 41))) == redis_reply{40});
    CHECK(must(xs.command(about("TOUCH", 0, 41))) == redis_reply{40});
    CHECK(must(xs.command(about("DEL", 0, 10))) == redis_reply{10});
    CHECK(must(xs.command(about("UNLINK", 0, 20))) == redis_reply{10});
    CHECK(must(xs.erase_many(keys)) == 20);
    CHECK(std::chrono::steady_clock::now() - begin < 30s);
  };
  servers.move_slot(slot, servers.primary(owner),
                    servers.primary((owner + 1) % 3), check);
}

TEST_CASE("a cluster goes on when a primary dies under load",
          "[redis cluster]") {
  redis_cluster servers{3, true};
  cluster_world w{servers, {.command_timeout = 30s}, any_road()};
  load clients{w.users()};
  clients.await(100);
  servers.primary(1).kill();
  wait_until([&] {
    auto role = servers.ask(servers.follower(1), {"ROLE"});
    return *(*role.items())[0].string() == "master";
  });
  clients.await(400);
  clients.stop();
  // A write that may have been executed is not made again: its caller is told.
  // All others waited for the new primary.
  CHECK(clients.failures_ <= 4);
  // What the dead server had not handed on yet is gone with it.
  CHECK(clients.lost_ <= 4);
}

TEST_CASE("a cluster goes on when an operator swaps a primary and its follower",
          "[redis cluster]") {
  redis_cluster servers{3, true};
  cluster_world w{servers, {.command_timeout = 30s}, any_road()};
  load clients{w.users()};
  clients.await(100);
  CHECK(servers.ask(servers.follower(0), {"CLUSTER", "FAILOVER"})
        == redis_reply{"OK"});
  wait_until([&] {
    auto role = servers.ask(servers.follower(0), {"ROLE"});
    return *(*role.items())[0].string() == "master";
  });
  clients.await(400);
  clients.stop();
  CHECK(clients.failures_ == 0);
  CHECK(clients.lost_ == 0);
}

TEST_CASE("a cluster that is not there is told at once", "[redis cluster]") {
  world w;
  redis_options options{.topology = redis_topology::cluster,
                        .nodes = {"127.0.0.1:1"},
                        .command_timeout = 1h};
  w.start({cache_spec{.name = "users", .adapter = options}});
  CHECK(code_of(w.find<int>("users").get("a")) == errc::unavailable);
}
