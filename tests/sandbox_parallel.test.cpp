#include "actor_cache/testing/sandbox.hpp"

#include "support/world.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

constexpr int cases = 1000;
constexpr size_t threads = 8;

/// Throws where a test case would fail; one thread has all assertions.
void expect(bool holds, const char* what) {
  if (!holds)
    throw std::runtime_error{what};
}

caf::behavior service(caf::event_based_actor* self, cache<int> users,
                      cache<int> sessions) {
  return {
    [=](int number) -> caf::result<int> {
      auto promise = self->make_response_promise<int>();
      auto fail = [=](caf::error& err) mutable { promise.deliver(err); };
      users.async(self)
        .put("async", number)
        .then(
          [=]() mutable {
            sessions.async(self)
              .increment("sum", number)
              .then([=](int sum) mutable { promise.deliver(sum); }, fail);
          },
          fail);
      return promise;
    },
  };
}

/// One isolated test case: the same keys as all the others.
void run_case(caf::actor_system& system, int number) {
  using testing::require;
  testing::sandboxed box{system, {"users", "sessions"}};
  auto users = require(cache<int>::find(system, "users"));
  auto sessions = require(cache<int>::find(system, "sessions"));
  expect(require(users.get("key")) == std::nullopt, "there is something");
  require(users.put("key", number));
  require(sessions.put("key", number, 30s));
  expect(require(users.get_or_create("made", [&] { return number; })) == number,
         "loaded by another");
  auto hdl = box.spawn(service, users, sessions);
  caf::scoped_actor self{system};
  auto sum = -1;
  detail::request(self.ptr(), hdl, 60s, number)
    .receive([&](int x) { sum = x; }, [](caf::error&) {});
  caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
  expect(sum == number, "another one's sum");
  expect(require(users.get("async")) == number, "another one's message");
  expect(require(users.get("key")) == number, "another one's value");
  box.advance(30s);
  expect(require(sessions.get("key")) == std::nullopt, "lives for too long");
  expect(require(users.size()) == 3, "another one's entries");
}

} // namespace

TEST_CASE("a thousand test cases on eight threads do not see each other",
          "[sandbox]") {
  world w{{cache_spec{.name = "users", .sandbox = true},
           cache_spec{
             .name = "sessions", .adapter = agent_options{}, .sandbox = true}}};
  std::atomic<int> next{0};
  std::mutex mtx;
  std::vector<std::string> failures;
  on_threads(threads, [&](size_t) {
    for (int number; (number = next++) < cases;) {
      try {
        run_case(w.system(), number);
      } catch (const std::exception& ex) {
        std::lock_guard guard{mtx};
        failures.emplace_back(ex.what());
      }
    }
  });
  CHECK(failures == std::vector<std::string>{});
  CHECK(must(sandbox_registry::of(w.system())).size() == 0);
}
