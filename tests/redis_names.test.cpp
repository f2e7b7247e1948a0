// Servers that are called by a name, and a resolver that the test drives: this
// program has a `getaddrinfo` of its own.

#include "../adapters/redis/resolver.hpp"

#include "support/redis_server.hpp"
#include "support/redis_world.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <dlfcn.h>
#include <netdb.h>

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>

using namespace actor_cache;
using namespace actor_cache::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Names that begin with "silent" get no answer while one of these lives.
class silence {
public:
  silence() {
    std::lock_guard guard{mtx};
    lasts = true;
    asked = 0;
  }

  /// Waits until nobody asks any more.
  ~silence() {
    std::unique_lock lock{mtx};
    lasts = false;
    changed.notify_all();
    changed.wait(lock, [] { return waiting == 0; });
  }

  /// Returns how many threads have asked.
  static int count() {
    std::lock_guard guard{mtx};
    return asked;
  }

  static int wait() {
    std::unique_lock lock{mtx};
    ++asked;
    ++waiting;
    changed.wait(lock, [] { return !lasts; });
    --waiting;
    changed.notify_all();
    return EAI_AGAIN;
  }

private:
  static inline std::mutex mtx;
  static inline std::condition_variable changed;
  static inline bool lasts = false;
  static inline int asked = 0;
  static inline int waiting = 0;
};

using resolver = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

int ask_system(const char* host, const char* service, const addrinfo* hints,
               addrinfo** result) {
  static auto real
    = reinterpret_cast<resolver>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(host, service, hints, result);
}

/// Two addresses, at the first of which nobody listens.
int two_addresses(const char* service, const addrinfo* hints,
                  addrinfo** result) {
  auto status = ask_system("127.0.0.2", service, hints, result);
  return status != 0
           ? status
           : ask_system("127.0.0.1", service, hints, &(*result)->ai_next);
}

} // namespace

extern "C" int getaddrinfo(const char* host, const char* service,
                           const addrinfo* hints, addrinfo** result) {
  std::string_view name = host != nullptr ? host : "";
  if (name.starts_with("silent"))
    return silence::wait();
  if (name == "nowhere.test")
    return EAI_NONAME;
  if (name == "two.test")
    return two_addresses(service, hints, result);
  return ask_system(host, service, hints, result);
}

namespace {

/// Returns a name of its own for each case: the thread that looks one up may
/// still be about to say that it failed when the silence is over, and the next
/// case must not hear that.
std::string silent_name() {
  static int count = 0;
  return fmt::format("silent{}.test", ++count);
}

redis_options named(std::string host, redis_options options = {}) {
  options.host = std::move(host);
  return options;
}

/// Checks that `f` needs much less time than what would be a minute.
template <class F>
void check_prompt(F f) {
  auto begin = std::chrono::steady_clock::now();
  f();
  CHECK(std::chrono::steady_clock::now() - begin < 30s);
}

} // namespace

TEST_CASE("a name that nobody looks up costs the time to connect",
          "[redis names]") {
  silence lasts;
  auto name = silent_name();
  redis_world w{named(name, {.connect_timeout = 200ms, .command_timeout = 60s}),
                {},
                any_road()};
  auto xs = w.open();
  check_prompt([&] {
    auto refused = xs.get("a");
    CHECK(code_of(refused) == errc::unavailable);
    CHECK_THAT(text_of(refused),
               ContainsSubstring(
                 fmt::format("Redis at {0}:6379: looking up the name \"{0}\" "
                             "took too long",
                             name)));
  });
}

TEST_CASE("calls end by their deadline while a name is looked up",
          "[redis names]") {
  silence lasts;
  redis_world w{named(silent_name(),
                      {.connect_timeout = 60s, .command_timeout = 200ms}),
                {},
                any_road()};
  auto xs = w.open();
  check_prompt([&] { CHECK(code_of(xs.get("a")) == errc::timeout); });
}

TEST_CASE("a cache stops while a name is looked up", "[redis names]") {
  silence lasts;
  redis_world w{named(silent_name(), {.connect_timeout = 60s})};
  wait_until([&] { return lasts.count() > 0; });
  check_prompt([&] { w.stop(); });
}

TEST_CASE("all who look up one name share a thread", "[redis names]") {
  silence lasts;
  redis_world w{named(silent_name(), {.connections = 8,
                                      .connect_timeout = 100ms,
                                      .reconnect_delay = 1ms,
                                      .max_reconnect_delay = 2ms})};
  auto xs = w.open();
  outcomes seen;
  for (auto i = 0; i < 100; ++i)
    seen.add(xs.get(std::to_string(i)));
  CHECK(seen.unavailable == 100);
  CHECK(lasts.count() == 1);
}

TEST_CASE("names that hang do not take up more and more threads",
          "[redis names]") {
  redis_wire::fd_signal never;
  redis_wire::interruption by{.stop = never};
  auto ask = [&](int index, timespan patience) {
    return redis_wire::resolve("silent" + std::to_string(index),
                               redis_wire::real_clock::now() + patience, by);
  };
  {
    silence lasts;
    for (auto i = 0; i < 16; ++i)
      CHECK(code_of(ask(i, 1ms)) == errc::timeout);
    CHECK(code_of(ask(3, 1ms)) == errc::timeout);
    auto refused = ask(16, 60s);
    CHECK(code_of(refused) == errc::unavailable);
    CHECK_THAT(text_of(refused), ContainsSubstring("for 16 others"));
    CHECK_FALSE(redis_wire::is_ip("localhost"));
    CHECK(redis_wire::is_ip("::1"));
  }
  // Once the resolver has come back all is as before.
  wait_until([&] {
    auto found = redis_wire::resolve("localhost",
                                     redis_wire::real_clock::now() + 60s, by);
    return found && found->front() == "127.0.0.1";
  });
}

TEST_CASE("a name that there is not is told with the reason", "[redis names]") {
  redis_world w{named("nowhere.test"), {}, any_road()};
  auto refused = w.open().get("a");
  CHECK(code_of(refused) == errc::unavailable);
  CHECK_THAT(text_of(refused),
             ContainsSubstring("Redis at nowhere.test:6379: the name "
                               "\"nowhere.test\" cannot be looked up: Name or "
                               "service not known"));
}

TEST_CASE("a name with several addresses leads to the one that answers",
          "[redis names]") {
  redis_server server;
  redis_world w{named("two.test", {.port = server.port()}), {}, any_road()};
  auto xs = w.open_redis();
  must(xs.put("a", "1"));
  CHECK(must(xs.get("a")) == "1");
  CHECK(must(xs.transaction({{"PING"}})).size() == 1);
}

TEST_CASE("a name whose addresses all refuse says which was the last",
          "[redis names]") {
  auto port = free_port();
  redis_world w{named("two.test", {.port = port})};
  auto refused = w.open().get("a");
  CHECK(code_of(refused) == errc::unavailable);
  CHECK_THAT(text_of(refused),
             ContainsSubstring(fmt::format("Redis at two.test:{}: Connection "
                                           "refused (127.0.0.1)",
                                           port)));
}
