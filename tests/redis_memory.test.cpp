#include "../adapters/redis/glob.hpp"
#include "../adapters/redis/memory/interpreter.hpp"

#include "support/redis_client.hpp"
#include "support/redis_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>

using namespace actor_cache;
using namespace actor_cache::redis_wire;
using namespace actor_cache::test;

namespace {

using words = std::vector<std::string>;

std::string render(const redis_reply& x) {
  if (const auto* number = x.integer())
    return std::to_string(*number);
  if (const auto* text = x.string())
    return '"' + *text + '"';
  if (const auto* failure = x.error())
    return "error " + failure->message;
  if (const auto* items = x.items()) {
    std::string result = "[";
    for (const auto& item : *items)
      result += render(item) + " ";
    return result + "]";
  }
  return "nil";
}

std::string render(const words& command) {
  std::string result;
  for (const auto& x : command)
    result += "'" + x + "' ";
  return result;
}

bool is_any_of(const std::string& x, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), x) != names.end();
}

/// Brings replies whose order Redis leaves open into one.
redis_reply in_order(const words& command, redis_reply reply) {
  auto* items = reply.items();
  if (items == nullptr)
    return reply;
  auto less = [](const redis_reply& x, const redis_reply& y) {
    return render(x) < render(y);
  };
  if (is_any_of(command[0], {"SMEMBERS", "KEYS", "HKEYS", "HVALS"})) {
    std::sort(items->begin(), items->end(), less);
  } else if (command[0] == "HGETALL") {
    redis_reply::array pairs;
    for (size_t i = 0; i + 1 < items->size(); i += 2)
      pairs.emplace_back(redis_reply::array{(*items)[i], (*items)[i + 1]});
    std::sort(pairs.begin(), pairs.end(), less);
    return redis_reply{std::move(pairs)};
  }
  return reply;
}

/// Makes commands, right ones and wrong ones, on few keys.
class random_commands {
public:
  explicit random_commands(unsigned seed) : random_(seed) {
    // nop
  }

  words next() {
    static const std::vector<words> shapes{
      {"GET", "k"},
      {"SET", "k", "v"},
      {"SET", "k", "v", "NX"},
      {"SET", "k", "v", "XX", "GET"},
      {"SET", "k", "v", "EX", "n"},
      {"SET", "k", "v", "PXAT", "t"},
      {"SET", "k", "v", "KEEPTTL"},
      {"SET", "k", "v", "o", "o"},
      {"SETNX", "k", "v"},
      {"SETEX", "k", "n", "v"},
      {"PSETEX", "k", "n", "v"},
      {"GETSET", "k", "v"},
      {"GETDEL", "k"},
      {"APPEND", "k", "v"},
      {"STRLEN", "k"},
      {"MGET", "k", "k"},
      {"MSET", "k", "v", "k", "v"},
      {"MSET", "k", "v", "k"},
      {"INCR", "k"},
      {"DECR", "k"},
      {"INCRBY", "k", "n"},
      {"DECRBY", "k", "n"},
      {"INCRBYFLOAT", "k", "f"},
      {"DEL", "k", "k"},
      {"UNLINK", "k"},
      {"EXISTS", "k", "k", "k"},
      {"EXPIRE", "k", "n"},
      {"EXPIRE", "k", "n", "o"},
      {"PEXPIREAT", "k", "t"},
      {"EXPIREAT", "k", "t"},
      {"PEXPIRETIME", "k"},
      {"PERSIST", "k"},
      {"TTL", "k"},
      {"TYPE", "k"},
      {"KEYS", "p"},

      {"PING"},
      {"PING", "v", "v"},
      {"ECHO", "v"},
      {"RENAME", "k", "k"},
      {"TOUCH", "k", "k"},
      {"HSET", "k", "f", "v"},
      {"HSET", "k", "f", "v", "f", "v"},
      {"HSET", "k", "f"},
      {"HSETNX", "k", "f", "v"},
      {"HGET", "k", "f"},
      {"HMGET", "k", "f", "f"},
      {"HGETALL", "k"},
      {"HKEYS", "k"},
      {"HVALS", "k"},
      {"HLEN", "k"},
      {"HDEL", "k", "f", "f"},
      {"HEXISTS", "k", "f"},
      {"HSTRLEN", "k", "f"},
      {"HINCRBY", "k", "f", "n"},
      {"HINCRBYFLOAT", "k", "f", "n"},
      {"HSCAN", "k", "0"},
      {"HSCAN", "k", "x"},
      {"HSCAN", "k", "0", "COUNT"},
      {"SADD", "k", "v", "v"},
      {"SREM", "k", "v"},
      {"SMEMBERS", "k"},
      {"SISMEMBER", "k", "v"},
      {"SMISMEMBER", "k", "v", "v"},
      {"SCARD", "k"},
      {"SSCAN", "k", "0", "COUNT", "0"},
      {"LPUSH", "k", "v", "v"},
      {"RPUSH", "k", "v"},
      {"LPUSHX", "k", "v"},
      {"LPOP", "k"},
      {"RPOP", "k"},
      {"LPOP", "k", "n"},
      {"RPOP", "k", "n"},
      {"LLEN", "k"},
      {"LRANGE", "k", "n", "n"},
      {"LINDEX", "k", "n"},
      {"SCAN", "x"},
      {"SCAN", "0", "COUNT", "x"},
      {"GET"},
      {"HSET", "k"},
    };
    auto result = shapes[pick(shapes.size())];
    for (size_t i = 1; i < result.size(); ++i)
      result[i] = fill(result[i]);
    return result;
  }

private:
  size_t pick(size_t n) {
    return std::uniform_int_distribution<size_t>{0, n - 1}(random_);
  }

  std::string one_of(std::initializer_list<const char*> xs) {
    return *(xs.begin() + pick(xs.size()));
  }

  std::string fill(const std::string& what) {
    if (what == "k")
      return one_of({"a", "b", "c", "d", "e", "f"});
    if (what == "f")
      return one_of({"x", "y", "z", "1", "2.5", ""});
    if (what == "v")
      return one_of({"", "x", "1", "-7", "2.5", "007", "hello world", " 3",
                     "9223372036854775807", "1e3", "+1"});
    if (what == "n")
      return one_of({"0", "1", "-1", "3", "-100", "1000", "x", "2.5", "",
                     "9223372036854775807", "-9223372036854775808",
                     "99999999999999999999"});
    if (what == "t")
      return one_of({"99999999999999", "1", "0", "-5", "x"});
    if (what == "p")
      return one_of({"*", "?", "[a-c]", "[^a]", "a*", "nope", "\\a"});
    if (what == "o")
      return one_of({"NX", "XX", "GT", "LT", "GET", "KEEPTTL", "EX", "nope"});
    return what;
  }

  std::mt19937 random_;
};

/// When the driven clock of a server begins, in microseconds.
constexpr int64_t epoch = 1'900'000'000'000'000;

} // namespace

TEST_CASE("the stand-in answers random commands as Redis does",
          "[redis memory]") {
  redis_server server{{.driven_clock = true}};
  redis_client real{server.socket()};
  for (unsigned seed = 0; seed < 20; ++seed) {
    random_commands commands{seed};
    keyspace keys;
    real({"FLUSHALL"});
    std::string history;
    for (auto i = 0; i < 1000; ++i) {
      auto command = commands.next();
      server.clock() += i % 10 == 0 ? 137'000 : 0;
      keys.set_time(epoch + server.clock());
      auto got = in_order(command, run_command(keys, command));
      auto want = in_order(command, real(command));
      history += render(command) + "-> " + render(want) + "\n";
      INFO("seed " << seed << " step " << i << ": " << render(command));
      INFO("stand-in: " << render(got));
      INFO("Redis:    " << render(want));
      if (got != want)
        FAIL("they differ; the last commands: " << history.substr(
               history.size() - std::min<size_t>(history.size(), 1500)));
    }
  }
}

TEST_CASE("patterns match as Redis matches them", "[redis memory]") {
  redis_server server;
  redis_client real{server.socket()};
  const words texts{"a",   "b", "ab", "abc",   "a*c",
                    "[x]", "^", "-",  "aXbXc", "\\"};
  for (const auto& x : texts)
    real({"SET", x, ""});
  for (const auto& pattern :
       words{"*",      "a*",    "*c",    "a?c",     "[ab]",   "[^ab]",
             "[a-b]*", "[b-a]", "a\\*c", "\\[x\\]", "[\\]x]", "a*b*c",
             "**",     "",      "?",     "[",       "[a",     "[^",
             "[]a]",   "\\",    "*X*X*", "[a-]",    "a[*]c",  "*[!-~]"}) {
    std::set<std::string> want;
    auto reply = real({"KEYS", pattern});
    for (const auto& x : *reply.items())
      want.insert(*x.string());
    std::set<std::string> got;
    for (const auto& x : texts)
      if (glob_match(pattern, x))
        got.insert(x);
    INFO("pattern " << pattern);
    CHECK(got == want);
  }
}

TEST_CASE("a pattern with many stars does not take forever", "[redis memory]") {
  std::string pattern;
  for (auto i = 0; i < 50; ++i)
    pattern += "a*";
  CHECK_FALSE(glob_match(pattern + "b", std::string(10'000, 'a')));
}

TEST_CASE("a scan in memory sees what is there all the time once",
          "[redis memory]") {
  keyspace keys;
  for (auto i = 0; i < 100; ++i)
    run_command(keys, {"SET", "k" + std::to_string(i), ""});
  std::multiset<std::string> seen;
  std::string cursor = "0";
  do {
    auto reply = run_command(keys, {"SCAN", cursor, "COUNT", "7"});
    cursor = *(*reply.items())[0].string();
    for (const auto& x : *(*reply.items())[1].items())
      seen.insert(*x.string());
    run_command(keys, {"DEL", "k99"});
    run_command(keys, {"SET", "new" + std::to_string(seen.size() % 3), ""});
  } while (cursor != "0");
  for (auto i = 0; i < 99; ++i)
    CHECK(seen.count("k" + std::to_string(i)) == 1);
}

TEST_CASE("lifetimes run on the clock of the caller", "[redis memory]") {
  keyspace keys;
  keys.set_time(1'000'000);
  run_command(keys, {"SET", "a", "1", "PX", "10"});
  run_command(keys, {"HSET", "h", "x", "1"});
  run_command(keys, {"PEXPIRE", "h", "20"});
  CHECK(run_command(keys, {"PTTL", "a"}) == redis_reply{int64_t{10}});
  keys.set_time(1'009'999);
  CHECK(run_command(keys, {"GET", "a"}) == redis_reply{"1"});
  // As on a server: it goes with the next millisecond.
  keys.set_time(1'011'000);
  CHECK(run_command(keys, {"GET", "a"}).is_nil());
  CHECK(run_command(keys, {"PTTL", "a"}) == redis_reply{int64_t{-2}});
  CHECK(run_command(keys, {"DBSIZE"}) == redis_reply{int64_t{1}});
  keys.set_time(1'021'000);
  CHECK(keys.sweep() == 1);
  CHECK(run_command(keys, {"TIME"})
        == redis_reply{redis_reply::array{"1", "21000"}});
}

TEST_CASE("a sweep looks at what is over and at nothing else",
          "[redis memory]") {
  keyspace keys;
  auto set = [&](const std::string& prefix, int count, const char* lifetime) {
    for (auto i = 0; i < count; ++i)
      run_command(keys,
                  {"SET", prefix + std::to_string(i), "", "PX", lifetime});
  };
  keys.set_time(0);
  for (auto i = 0; i < 5000; ++i)
    run_command(keys, {"SET", "stays" + std::to_string(i), ""});
  set("late", 5000, "1000");
  set("soon", 3, "10");
  CHECK(keys.sweep() == 0);
  CHECK_FALSE(keys.overdue());
  keys.set_time(11'000);
  CHECK(keys.overdue());
  CHECK(keys.sweep() == 3);
  CHECK(keys.size() == 10'000);
  keys.set_time(1'001'000);
  size_t freed = 0;
  while (keys.overdue()) { // a part of them at a time
    auto some = keys.sweep();
    REQUIRE(some > 0);
    CHECK(some < 5000);
    freed += some;
  }
  CHECK(freed == 5000);
  CHECK(keys.size() == 5000);
}

TEST_CASE("a sweep knows what has become of a lifetime", "[redis memory]") {
  keyspace keys;
  keys.set_time(0);
  auto set = [&](const char* key) {
    run_command(keys, {"SET", key, "", "PX", "10"});
  };
  for (auto* key : {"kept", "set", "set with", "got", "mset", "moved", "gone",
                    "longer", "shorter"})
    set(key);
  run_command(keys, {"PERSIST", "kept"});
  run_command(keys, {"SET", "set", ""});
  run_command(keys, {"SET", "set with", "", "KEEPTTL"});
  run_command(keys, {"GETSET", "got", ""});
  run_command(keys, {"MSET", "mset", ""});
  run_command(keys, {"RENAME", "moved", "there"});
  run_command(keys, {"DEL", "gone"});
  run_command(keys, {"PEXPIRE", "longer", "100"});
  run_command(keys, {"PEXPIRE", "shorter", "5"});
  auto copy = keys;
  for (auto* x : {&keys, &copy}) {
    x->set_time(6'000);
    CHECK(x->sweep() == 1); // "shorter"
    x->set_time(11'000);
    CHECK(x->sweep() == 2); // "set with" and "there"
    x->set_time(101'000);
    CHECK(x->sweep() == 1); // "longer"
    CHECK(x->keys().size() == 4);
    CHECK(x->expired_keys() == 0);
  }
  set("again");
  run_command(keys, {"FLUSHALL"});
  keys.set_time(1'000'000);
  CHECK(keys.sweep() == 0);
}

TEST_CASE("a command that is not there says so by name", "[redis memory]") {
  keyspace keys;
  auto reply = run_command(keys, {"XADD", "s", "*", "a", "1"});
  REQUIRE(reply.error() != nullptr);
  CHECK(reply.error()->message.starts_with("ERR unknown command 'XADD'"));
}

TEST_CASE("replies travel and come back, hostile ones do not",
          "[redis reply]") {
  redis_reply x{redis_reply::array{
    {},
    int64_t{-5},
    "text",
    redis_error{"ERR x"},
    redis_reply{redis_reply::array{}},
    redis_reply{redis_reply::array{redis_reply{redis_reply::array{"deep"}}}}}};
  redis_reply back;
  CHECK(detail::assemble(detail::flatten(x), back));
  CHECK(back == x);
  CHECK_FALSE(detail::assemble({}, back));
  CHECK_FALSE(detail::assemble({{9, 0, ""}}, back));
  CHECK_FALSE(detail::assemble({{4, -1, ""}}, back));
  CHECK_FALSE(detail::assemble({{4, 1'000'000'000, ""}}, back));
  CHECK_FALSE(detail::assemble({{0, 0, ""}, {0, 0, ""}}, back));
  CHECK_FALSE(detail::assemble(
    std::vector<detail::flat_reply>(1'000'000, {4, 1, ""}), back));
}
