#include "support/certificates.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"
#include "support/temporary_folder.hpp"
#include "support/world.hpp"

#include "actor_cache/adapters/redis.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// How the servers of a group are guarded.
struct protection {
  /// What the primary and its follower ask for, and the sentinels.
  std::string password = {};
  std::string sentinel_password = {};

  /// Lines for the configuration of each, beside these.
  std::vector<std::string> config = {};
  bool tls = false;
};

/// A primary, a follower, and three sentinels that watch them.
class sentinel_group {
public:
  explicit sentinel_group(protection how = {})
    : how_(std::move(how)),
      primary(server({})),
      follower(
        server({"replicaof 127.0.0.1 " + std::to_string(primary.port())})) {
    for (auto index = 0; index < 3; ++index)
      sentinels.push_back(std::make_unique<redis_server>(sentinel()));
    for (auto& x : sentinels)
      wait_until([&] { return knows_all(*x); });
  }

  redis_options options() const {
    redis_options result{.topology = redis_topology::sentinel,
                         .primary_name = "main",
                         .reconnect_delay = 10ms,
                         .max_reconnect_delay = 100ms};
    for (const auto& x : sentinels)
      result.nodes.push_back(x->address());
    return result;
  }

  /// Asks again where a sentinel cuts the connection: it does so to a server
  /// whose role it changes.
  redis_reply ask(redis_server& whom, const std::vector<std::string>& command) {
    auto watches = &whom != &primary && &whom != &follower;
    const auto& password = watches ? how_.sentinel_password : how_.password;
    for (;;) {
      redis_client client{whom.socket()};
      if (!password.empty() && !client.attempt({"AUTH", password}))
        continue;
      if (auto reply = client.attempt(command))
        return std::move(*reply);
    }
  }

  std::string role_of(redis_server& whom) {
    return *(*ask(whom, {"ROLE"}).items())[0].string();
  }

  /// Checks that a cache finds the primary, and its successor.
  void check_failover(const redis_options& options) {
    world w;
    w.start({cache_spec{.name = "users", .adapter = options}});
    auto users = w.find<int>("users");
    must(users.put("a", 1));
    CHECK(ask(primary, {"EXISTS", "users:a"}) == redis_reply{1});
    wait_until(
      [&] { return ask(follower, {"EXISTS", "users:a"}) == redis_reply{1}; });
    wait_until([&] {
      return ask(*sentinels[0], {"SENTINEL", "FAILOVER", "main"})
             == redis_reply{"OK"};
    });
    wait_until([&] { return role_of(follower) == "master"; });
    primary.kill(); // else it takes writes for some seconds yet
    wait_until([&] { return static_cast<bool>(users.put("b", 2)); });
    CHECK(ask(follower, {"EXISTS", "users:b"}) == redis_reply{1});
    CHECK(must(users.get("a")) == 1);
  }

private:
  redis_server_options server(std::vector<std::string> config) const {
    config.emplace_back("repl-diskless-sync-delay 0");
    if (!how_.password.empty()) {
      config.push_back("requirepass " + how_.password);
      config.push_back("masterauth " + how_.password);
    }
    config.insert(config.end(), how_.config.begin(), how_.config.end());
    return {.config = std::move(config), .tls = how_.tls};
  }

  redis_server_options sentinel() const {
    // A sentinel that was held up does nothing for 30 s; a follower whose
    // primary has been gone for ten times as long as this counts for none then.
    std::vector<std::string> config{
      "sentinel monitor main 127.0.0.1 " + std::to_string(primary.port())
        + " 2",
      "sentinel down-after-milliseconds main 5000",
      "sentinel failover-timeout main 2000"};
    if (!how_.password.empty())
      config.push_back("sentinel auth-pass main " + how_.password);
    if (!how_.sentinel_password.empty()) {
      config.push_back("requirepass " + how_.sentinel_password);
      config.push_back("sentinel sentinel-pass " + how_.sentinel_password);
    }
    config.insert(config.end(), how_.config.begin(), how_.config.end());
    return {.config = std::move(config), .tls = how_.tls, .sentinel = true};
  }

  bool knows_all(redis_server& sentinel) {
    return ask(sentinel, {"SENTINEL", "REPLICAS", "main"}).items()->size() == 1
           && ask(sentinel, {"SENTINEL", "SENTINELS", "main"}).items()->size()
                == 2;
  }

  protection how_;

public:
  redis_server primary;
  redis_server follower;
  std::vector<std::unique_ptr<redis_server>> sentinels;
};

/// Checks that a cache does not get to its entries.
void check_refused(const redis_options& options, const std::string& why,
                   errc code = errc::not_permitted) {
  world w;
  w.start({cache_spec{.name = "users", .adapter = options}});
  auto refused = w.find<int>("users").get("a");
  CHECK(code_of(refused) == code);
  CHECK_THAT(text_of(refused), ContainsSubstring(why));
}

} // namespace

TEST_CASE("sentinels tell which server is the primary, also after it died",
          "[redis sentinel]") {
  sentinel_group servers;
  world w;
  w.start({cache_spec{.name = "users", .adapter = servers.options()}});
  auto users = w.find<int>("users");
  must(users.put("a", 1));
  CHECK(servers.ask(servers.primary, {"EXISTS", "users:a"}) == redis_reply{1});
  wait_until([&] {
    return servers.ask(servers.follower, {"EXISTS", "users:a"})
           == redis_reply{1};
  });
  SECTION("killed") {
    servers.primary.kill();
  }
  SECTION("at an operator's request") {
    servers.ask(*servers.sentinels[0], {"SENTINEL", "FAILOVER", "main"});
  }
  wait_until([&] { return servers.role_of(servers.follower) == "master"; });
  // The old primary may still take writes that are lost with its role.
  wait_until([&] {
    return users.put("b", 2)
           && servers.ask(servers.follower, {"EXISTS", "users:b"})
                == redis_reply{1};
  });
  CHECK(must(users.get("a")) == 1);
}

TEST_CASE("a sentinel that is gone does not matter", "[redis sentinel]") {
  sentinel_group servers;
  servers.sentinels[0]->kill();
  world w;
  w.start({cache_spec{.name = "users", .adapter = servers.options()}});
  must(w.find<int>("users").put("a", 1));
}

TEST_CASE("a primary that no sentinel knows is told by its name",
          "[redis sentinel]") {
  sentinel_group servers;
  auto options = servers.options();
  options.primary_name = "other";
  world w;
  w.start({cache_spec{.name = "users", .adapter = options}});
  auto result = w.find<int>("users").get("a");
  CHECK(code_of(result) == errc::unavailable);
  CHECK(text_of(result).find("\"other\"") != std::string::npos);
}

TEST_CASE("a primary and its sentinels ask for a password each",
          "[redis sentinel]") {
  sentinel_group servers{
    {.password = "open-sesame", .sentinel_password = "who-goes-there"}};
  auto options = servers.options();
  options.password = "open-sesame";
  options.sentinel_password = "open-sesame";
  check_refused(options, servers.sentinels[2]->address()
                           + ": Redis answered: WRONGPASS");
  options.sentinel_password = "";
  check_refused(options, "NOAUTH");
  options.password = "who-goes-there";
  options.sentinel_password = "who-goes-there";
  check_refused(options,
                servers.primary.address() + ": Redis answered: WRONGPASS");
  options.password = "open-sesame";
  servers.check_failover(options);
}

TEST_CASE("a user of the sentinels needs but two commands",
          "[redis sentinel]") {
  sentinel_group servers;
  auto set_user = [&](const std::vector<std::string>& rules) {
    redis_command command{"ACL", "SETUSER", "asker"};
    command.insert(command.end(), rules.begin(), rules.end());
    for (auto& x : servers.sentinels)
      CHECK(servers.ask(*x, command) == redis_reply{"OK"});
  };
  set_user({"on", ">secret", "+ping", "+sentinel|get-master-addr-by-name"});
  auto options = servers.options();
  options.sentinel_username = "asker";
  options.sentinel_password = "secret";
  {
    world w;
    w.start({cache_spec{.name = "users", .adapter = options}});
    must(w.find<int>("users").put("a", 1));
  }
  for (std::string command : {"ping", "sentinel|get-master-addr-by-name"}) {
    set_user({"-" + command});
    check_refused(options, "NOPERM");
    set_user({"+" + command});
  }
}

TEST_CASE("a primary and its sentinels speak TLS", "[redis sentinel]") {
  temporary_folder folder;
  authority trusted{folder.path(), "authority"};
  authority other{folder.path(), "other"};
  auto own = trusted.sign("server");
  sentinel_group servers{
    {.password = "open-sesame",
     .config = {"tls-replication yes", "tls-auth-clients no",
                "tls-cert-file " + own.file, "tls-key-file " + own.key_file,
                "tls-ca-cert-file " + trusted.file()},
     .tls = true}};
  auto options = servers.options();
  options.password = "open-sesame";
  options.ssl.enabled = true;
  options.ssl.cacertfile = other.file();
  check_refused(options, "is not accepted", errc::unavailable);
  options.ssl.cacertfile = trusted.file();
  servers.check_failover(options);
}
