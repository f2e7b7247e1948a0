// JSON documents on a server that has the RedisJSON module, or says so: a fake
// one, which answers as the module's manual has it.

#include "actor_cache/json.hpp"

#include "support/fake_server.hpp"
#include "support/redis_world.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <mutex>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

using json = nlohmann::ordered_json;

std::string bulk(std::string_view text) {
  return fmt::format("${}\r\n{}\r\n", text.size(), text);
}

constexpr std::string_view nil = "$-1\r\n";

/// What COMMAND INFO replies about a command that the server has.
const std::string known = "*1\r\n*6\r\n$8\r\njson.get\r\n:-2\r\n*2\r\n+readonly"
                          "\r\n+module\r\n:1\r\n:1\r\n:1\r\n";

/// And about one that it lacks.
const std::string unknown = "*1\r\n*-1\r\n";

/// A server with answers to commands, which are written with spaces in between.
class module_server {
public:
  using answers = std::map<std::string, std::string>;

  /// @param first the answers on the first connection
  /// @param later those on all that follow
  explicit module_server(answers first, answers later = {})
    : answers_{std::move(first), std::move(later)},
      server_{[this](fake_peer& peer) { serve(peer, answers_[0]); },
              [this](fake_peer& peer) { serve(peer, answers_[1]); }} {
    // nop
  }

  redis_options options(redis_json how) const {
    auto result = brisk({.host = "127.0.0.1", .port = server_.port()});
    result.json = how;
    return result;
  }

  /// Returns how often it was asked whether it has the module.
  long asked() {
    std::lock_guard guard{mtx_};
    return std::count(seen_.begin(), seen_.end(), "COMMAND INFO JSON.GET");
  }

  /// Returns the last command.
  std::string last() {
    std::lock_guard guard{mtx_};
    return seen_.back();
  }

private:
  void serve(fake_peer& peer, const answers& known) {
    if (!peer.greet())
      return;
    while (auto command = peer.command()) {
      auto text = fmt::format("{}", fmt::join(*command, " "));
      {
        std::lock_guard guard{mtx_};
        seen_.push_back(text);
      }
      auto found = known.find(text);
      if (found == known.end())
        peer.send("-ERR unknown command\r\n");
      else if (found->second.empty())
        return; // hangs up
      else
        peer.send(found->second);
    }
  }

  std::mutex mtx_;
  std::vector<std::string> seen_;
  answers answers_[2];
  fake_server server_; // talks as soon as it is there
};

} // namespace

TEST_CASE("the module's replies are understood", "[redis json]") {
  module_server server{{
    {"JSON.SET redis:doc . {\"a\":2}", "+OK\r\n"},
    {"JSON.SET redis:doc .x.y 1", std::string{nil}},
    {"JSON.SET redis:none .a 1",
     "-ERR new objects must be created at the root\r\n"},
    {"JSON.SET redis:list . 1", "-Existing key has wrong Redis type\r\n"},
    {"JSON.GET redis:doc .", bulk(R"({"a":2})")},
    {"JSON.GET redis:doc $..a", bulk("[2,5]")},
    {"JSON.GET redis:none .", std::string{nil}},
    {"JSON.GET redis:doc .nope", "-ERR Path '$.nope' does not exist\r\n"},
    {"JSON.NUMINCRBY redis:doc .a 2", bulk("4")},
    {"JSON.NUMINCRBY redis:doc $..a 2", bulk("[null,4,7,null]")},
    {"JSON.NUMINCRBY redis:none .a 2",
     "-ERR could not perform this operation on a key that doesn't "
     "exist\r\n"},
    {"JSON.ARRAPPEND redis:doc .l 1 \"x\"", ":3\r\n"},
    {"JSON.ARRAPPEND redis:doc $..l 1", "*2\r\n:4\r\n$-1\r\n"},
    {"JSON.DEL redis:doc .a", ":1\r\n"},
    {"JSON.DEL redis:none .", ":0\r\n"},
    {"JSON.CLEAR redis:doc $.*", ":4\r\n"},
  }};
  redis_world w{server.options(redis_json::native), {}, any_road()};
  auto xs = w.open_redis();
  CHECK(must(xs.json_set("doc", json{{"a", 2}})));
  CHECK_FALSE(must(xs.json_set("doc", ".x.y", 1)));
  CHECK(code_of(xs.json_set("none", ".a", 1)) == errc::invalid_argument);
  CHECK(code_of(xs.json_set("list", 1)) == errc::type_mismatch);
  CHECK(must(xs.json_get("doc")) == json{{"a", 2}});
  CHECK(must(xs.json_get("doc", "$..a")) == json{2, 5});
  CHECK(must(xs.json_get("none")) == std::nullopt);
  CHECK(code_of(xs.json_get("doc", ".nope")) == errc::key_not_found);
  CHECK(must(xs.json_incr("doc", ".a", 2)) == 4);
  CHECK(must(xs.json_incr("doc", "$..a", 2)) == json{nullptr, 4, 7, nullptr});
  CHECK(code_of(xs.json_incr("none", ".a", 2)) == errc::key_not_found);
  CHECK(must(xs.json_array_append("doc", ".l", 1, "x")) == 3);
  CHECK(must(xs.json_array_append("doc", "$..l", 1)) == json{4, nullptr});
  CHECK(must(xs.json_delete("doc", ".a")) == 1);
  CHECK(must(xs.json_delete("none")) == 0);
  CHECK(must(xs.json_clear("doc", "$.*")) == 4);
  CHECK(server.asked() == 0); // it was told
}

TEST_CASE("a server is asked once whether it has the module", "[redis json]") {
  module_server server{{
    {"COMMAND INFO JSON.GET", known},
    {"JSON.GET redis:doc .", bulk("1")},
  }};
  redis_world w{server.options(redis_json::automatic), {}, any_road()};
  auto xs = w.open_redis();
  for (auto i = 0; i < 10; ++i)
    CHECK(must(xs.json_get("doc")) == 1);
  CHECK(server.asked() == 1);
}

TEST_CASE("a server without the module holds documents as text",
          "[redis json]") {
  module_server server{{
    {"COMMAND INFO JSON.GET", unknown},
    {"GET redis:doc", bulk("[1]")},
  }};
  redis_world w{server.options(redis_json::automatic), {}, any_road()};
  auto xs = w.open_redis();
  CHECK(must(xs.json_get("doc")) == json{1});
  CHECK(must(xs.json_get("doc", "[0]")) == 1);
  CHECK(server.last() == "GET redis:doc");
  CHECK(server.asked() == 1);
}

TEST_CASE("another server is asked again for the module", "[redis json]") {
  module_server server{{
                         {"COMMAND INFO JSON.GET", unknown},
                         {"GET redis:doc", bulk("1")},
                         {"ECHO bye", ""},
                       },
                       {
                         {"COMMAND INFO JSON.GET", known},
                         {"JSON.GET redis:doc .", bulk("2")},
                         {"ECHO bye", bulk("bye")},
                       }};
  redis_world w{server.options(redis_json::automatic), {}, any_road()};
  auto xs = w.open_redis();
  CHECK(must(xs.json_get("doc")) == 1);
  must(xs.command({"ECHO", "bye"})); // on the second connection
  CHECK(must(xs.json_get("doc")) == 2);
  CHECK(server.asked() == 2);
}

TEST_CASE("a transaction may edit documents where the server has the module",
          "[redis json]") {
  // The second connection is the transaction's own.
  module_server server{{
                         {"COMMAND INFO JSON.GET", known},
                       },
                       {
                         {"MULTI", "+OK\r\n"},
                         {"JSON.SET redis:doc . 1", "+QUEUED\r\n"},
                         {"JSON.GET redis:doc", "+QUEUED\r\n"},
                         {"EXEC", "*2\r\n+OK\r\n$1\r\n1\r\n"},
                       }};
  redis_world w{server.options(redis_json::automatic), {}, any_road()};
  auto replies = must(w.open_redis().transaction(
    {{"JSON.SET", "redis:doc", ".", "1"}, {"JSON.GET", "redis:doc"}}));
  REQUIRE(replies.size() == 2);
  CHECK(replies[1] == redis_reply{"1"});
}
