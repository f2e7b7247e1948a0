// The permissions that docs/redis_connections.md lists: with exactly these a
// user does all, and without one of them it is told so.

#include "support/redis_client.hpp"
#include "support/redis_world.hpp"

#include "actor_cache/json.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <fmt/format.h>

#include <functional>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

using handle = cache<int, redis>;

/// Makes a call and returns how it failed.
using attempt = std::function<caf::error(handle&)>;

template <class T>
caf::error failure(caf::expected<T> x) {
  return x ? caf::error{} : std::move(x.error());
}

/// A part of the table: some commands, and calls of which each needs one of
/// them or all.
struct permission {
  std::string command;

  /// What does not work without it.
  attempt call;
};

const std::vector<permission>& permissions() {
  static const std::vector<permission> result{
    // Entries.
    {"get", [](handle& xs) { return failure(xs.get("a")); }},
    {"set", [](handle& xs) { return failure(xs.put("a", 1)); }},
    {"set", [](handle& xs) { return failure(xs.put("a", 1, 1h)); }},
    {"getrange", [](handle& xs) { return failure(xs.put_new("a", 1)); }},
    {"unlink", [](handle& xs) { return failure(xs.erase("a")); }},
    {"unlink", [](handle& xs) { return failure(xs.erase_many({"a", "b"})); }},
    {"mget", [](handle& xs) { return failure(xs.get_many({"a", "b"})); }},
    // Their updates.
    {"evalsha", [](handle& xs) { return failure(xs.increment("a")); }},
    {"evalsha", [](handle& xs) { return failure(xs.take("a")); }},
    {"get", [](handle& xs) { return failure(xs.take("a")); }},
    {"unlink", [](handle& xs) { return failure(xs.take("a")); }},
    {"evalsha", [](handle& xs) { return failure(xs.replace("a", 1)); }},
    {"set", [](handle& xs) { return failure(xs.replace("a", 1)); }},
    {"set", [](handle& xs) { return failure(xs.touch("a", 1h)); }},
    {"getrange", [](handle& xs) { return failure(xs.touch("a", 1h)); }},
    {"getrange", [](handle& xs) { return failure(xs.replace("a", 1)); }},
    {"unlink",
     [](handle& xs) {
       return failure(
         xs.update("a", [](auto) { return std::optional<int>{}; }));
     }},
    // Scans.
    {"scan", [](handle& xs) { return failure(xs.size()); }},
    {"scan", [](handle& xs) { return failure(xs.clear()); }},
    {"scan", [](handle& xs) { return failure(xs.scan_keys()); }},
    {"scan",
     [](handle& xs) {
       return failure(xs.for_each([](const std::string&, int) {}));
     }},
    // Hashes.
    {"hget", [](handle& xs) { return failure(xs.hash_get("h", "f")); }},
    {"hgetall", [](handle& xs) { return failure(xs.hash_get_all("h")); }},
    {"hmget",
     [](handle& xs) { return failure(xs.hash_get_many({{"h", {"f"}}})); }},
    {"hvals", [](handle& xs) { return failure(xs.hash_values("h")); }},
    {"hset", [](handle& xs) { return failure(xs.hash_set("h", "f", 1)); }},
    {"hset", [](handle& xs) { return failure(xs.hash_set("h", "f", 1, 1h)); }},
    {"evalsha",
     [](handle& xs) { return failure(xs.hash_set("h", "f", 1, 1h)); }},
    {"pexpire",
     [](handle& xs) { return failure(xs.hash_set("h", "f", 1, 1h)); }},
    {"persist",
     [](handle& xs) { return failure(xs.hash_set("h", "f", 1, infinite)); }},
    {"hdel", [](handle& xs) { return failure(xs.hash_delete("h", "f")); }},
    {"hscan", [](handle& xs) { return failure(xs.hash_scan("h")); }},
    // Sets.
    {"sadd", [](handle& xs) { return failure(xs.sadd("s", 1)); }},
    {"srem", [](handle& xs) { return failure(xs.srem("s", 1)); }},
    {"smembers", [](handle& xs) { return failure(xs.smembers("s")); }},
    {"sismember", [](handle& xs) { return failure(xs.sismember("s", 1)); }},
    {"scard", [](handle& xs) { return failure(xs.scard("s")); }},
    // Documents, which are edited here.
    {"get", [](handle& xs) { return failure(xs.json_get("doc")); }},
    {"set", [](handle& xs) { return failure(xs.json_set("doc", 2)); }},
    {"evalsha", [](handle& xs) { return failure(xs.json_incr("doc", ".")); }},
    {"unlink", [](handle& xs) { return failure(xs.json_delete("doc")); }},
    // Transactions.
    {"multi",
     [](handle& xs) {
       return failure(xs.transaction({{"GET", "redis:none"}}));
     }},
    {"exec",
     [](handle& xs) {
       return failure(xs.transaction({{"GET", "redis:none"}}));
     }},
  };
  return result;
}

/// A server, and a user with the permissions of the table.
class guarded_server {
public:
  explicit guarded_server(const std::string& more = {}) {
    redis_command command{"ACL", "SETUSER", "user",    "reset",
                          "on",  ">secret", "~redis:*"};
    auto allow = [&](const std::string& name) {
      command.push_back("+" + name);
    };
    for (auto* name : {"time", "get", "set", "getrange", "unlink", "mget",
                       "eval", "evalsha", "scan", "command|info"})
      allow(name);
    for (const auto& x : permissions())
      allow(x.command);
    if (!more.empty())
      allow(more);
    CHECK(admin_(command) == redis_reply{"OK"});
  }

  redis_options options() const {
    return {.host = server_.host(),
            .port = server_.port(),
            .username = "user",
            .password = "secret",
            .reconnect_delay = 1ms,
            .max_reconnect_delay = 2ms};
  }

  void allow(const std::string& command) {
    admin_({"ACL", "SETUSER", "user", "+" + command});
  }

  void forbid(const std::string& command) {
    admin_({"ACL", "SETUSER", "user", "-" + command});
  }

  int version() {
    auto info = admin_({"INFO", "server"});
    constexpr std::string_view mark = "redis_version:";
    const auto& text = *info.string();
    return std::stoi(text.substr(text.find(mark) + mark.size()));
  }

  /// Puts back what calls may have taken away.
  void prepare(handle& xs) {
    must(xs.put("a", 1));
    must(xs.hash_set("h", "f", 1));
    must(xs.hash_set("h", "f", 1, infinite)); // the server gets the script
    must(xs.json_set("doc", 1));
    must(xs.erase("b"));
  }

private:
  redis_server server_;
  redis_client admin_{server_.socket()};
};

} // namespace

TEST_CASE("a user with the permissions of the table does all, without one is "
          "told",
          "[redis acl]") {
  guarded_server server;
  redis_world w{server.options(), {}, any_road()};
  auto xs = w.open<int, redis>();
  for (const auto& [command, call] : permissions()) {
    CAPTURE(command);
    server.prepare(xs);
    auto good = call(xs);
    CHECK(good.empty());
    INFO(to_string(good));
    server.prepare(xs);
    server.forbid(command);
    auto refused = call(xs);
    CHECK(refused == errc::not_permitted);
    CHECK_THAT(message_of(refused),
               ContainsSubstring("NOPERM")
                 || ContainsSubstring("The user executing the script can't "
                                      "run this command"));
    server.allow(command);
    server.prepare(xs);
    auto again = call(xs);
    INFO(to_string(again));
    CHECK(again.empty());
  }
}

TEST_CASE("a hash whose lifetime may not be set is left alone", "[redis acl]") {
  guarded_server server;
  if (server.version() < 7)
    SKIP("Redis 6 does not tell beforehand what a user may do");
  redis_world w{server.options(), {}, any_road()};
  auto xs = w.open<int, redis>();
  server.prepare(xs);
  auto check = [&](const std::string& command, ttl lifetime) {
    server.forbid(command);
    auto refused = xs.hash_set("h", "g", 1, lifetime);
    CHECK(code_of(refused) == errc::not_permitted);
    CHECK_THAT(text_of(refused), ContainsSubstring("'" + command + "'"));
    CHECK_FALSE(must(xs.hash_get("h", "g")));
    server.allow(command);
  };
  check("pexpire", 1h);
  check("persist", infinite);
}

TEST_CASE("a log-in needs the permissions of the table", "[redis acl]") {
  guarded_server server{"select"};
  auto options = server.options();
  options.database = 1;
  auto check = [&](const std::string& command) {
    server.forbid(command);
    {
      redis_world w{options, {}, any_road()};
      auto refused = w.open().get("a");
      CHECK(code_of(refused) == errc::not_permitted);
      CHECK_THAT(text_of(refused), ContainsSubstring("'" + command + "'"));
    }
    server.allow(command);
    redis_world w{options};
    CHECK_FALSE(must(w.open().get("a")));
  };
  check("time");
  check("select");
}

TEST_CASE("whether a server has the JSON module is a permission of its own",
          "[redis acl]") {
  guarded_server server;
  server.forbid("command|info");
  auto options = server.options();
  SECTION("asked") {
    redis_world w{options, {}, any_road()};
    CHECK(code_of(w.open_redis().json_get("doc")) == errc::not_permitted);
  }
  SECTION("told") {
    options.json = redis_json::emulated;
    redis_world w{options, {}, any_road()};
    CHECK_FALSE(must(w.open_redis().json_get("doc")));
  }
}

TEST_CASE("a user without PING still finds out that a server is there",
          "[redis acl]") {
  guarded_server server;
  redis_world w{server.options(), {}, any_road()};
  auto xs = w.open_redis();
  // The lifetime needs the server's clock, which the first connection tells.
  must(xs.put("a", "1", 1h));
  CHECK(must(xs.get("a")) == "1");
  CHECK(code_of(xs.command({"PING"})) == errc::not_permitted);
}

TEST_CASE("keys of others are out of reach", "[redis acl]") {
  guarded_server server;
  redis_world w{server.options(), {}, any_road()};
  auto xs = w.open_redis();
  auto refused = xs.command({"GET", "other:a"});
  CHECK(code_of(refused) == errc::not_permitted);
  CHECK_THAT(text_of(refused), ContainsSubstring("NOPERM"));
}
