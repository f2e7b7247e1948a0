// JSON documents on a server without the module, which others write, too.

#include "support/command_counter.hpp"
#include "support/fake_server.hpp"
#include "support/redis_world.hpp"

#include "actor_cache/json.hpp"

#include <atomic>
#include <thread>
#include <utility>

using namespace actor_cache;
using namespace actor_cache::test;
using nlohmann::json;

TEST_CASE("no edit of a document is lost among processes", "[redis json]") {
  redis_server server;
  redis_options options{.host = server.host(),
                        .port = server.port(),
                        .command_timeout = 60s};
  auto by = any_road();
  // Those of one process take turns; to the server these are two.
  redis_world one{options, {}, by};
  redis_world other{options, {}, by};
  must(one.open_redis().json_set("doc", json{{"n", 0}}));
  redis_client foreign{server.socket()};
  foreign({"PEXPIRE", "redis:doc", "3600000"});
  command_counter commands{server};
  std::atomic<int> ended{0};
  std::atomic<int> edits{0};
  std::thread stranger{[&] {
    // Other text that means the same.
    const std::string add_space
      = "redis.call('SET', KEYS[1], ' ' .. redis.call('GET', KEYS[1]), "
        "'KEEPTTL')";
    // Once for each edit: whoever writes all the time leaves no time for one.
    for (auto seen = -1; ended < 16; std::this_thread::yield())
      if (auto now = edits.load(); std::exchange(seen, now) != now)
        foreign({"EVAL", add_space, "1", "redis:doc"});
  }};
  on_threads(16, [&](size_t index) {
    auto xs = (index % 2 == 0 ? one : other).open_redis();
    for (auto i = 0; i < 25; ++i, ++edits)
      must(xs.json_incr("doc", ".n"));
    ++ended;
  });
  stranger.join();
  CHECK(must(one.open_redis().json_get("doc")) == json{{"n", 400}});
  CHECK(commands.count("evalsha") > 400); // some had to begin again
  auto left = *foreign({"PTTL", "redis:doc"}).integer();
  CHECK(left > 3'000'000);
  CHECK(left <= 3'600'000);
}

TEST_CASE("a document of the module is told apart from text", "[redis json]") {
  fake_server server{[](fake_peer& peer) {
    peer.greet();
    peer.answer_all("-WRONGTYPE Operation against a key holding the wrong kind "
                    "of value\r\n");
  }};
  redis_world w{
    {.host = "127.0.0.1", .port = server.port(), .json = redis_json::emulated},
    {},
    any_road()};
  auto xs = w.open_redis();
  CHECK(code_of(xs.json_get("doc")) == errc::type_mismatch);
  CHECK(code_of(xs.json_set("doc", json{1})) == errc::type_mismatch);
}
