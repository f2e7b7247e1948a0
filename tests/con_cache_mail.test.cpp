#include "support/con_cache_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <optional>
#include <thread>

using namespace actor_cache;
using namespace actor_cache::test;

// Writes by mail, which wait for locks without blocking the actor of the cache.

namespace {

/// Sends one write after the other to the key "a" and keeps the answers.
struct writing_actor {
  explicit writing_actor(con_world& w, cache<int, con_cache> xs)
    : hdl(w.system().spawn([=, this](caf::event_based_actor* self) {
        auto failed = [this](const caf::error& what) {
          code = what.code();
          ++answers;
        };
        auto mail = xs.async(self);
        auto done = [this] { ++answers; };
        mail.put("a", 2).then(done, failed);
        mail.put_many({{"b", 2}, {"a", 3}}).then(done, failed);
        mail.increment("a").then([=](int) { done(); }, failed);
        mail.erase("c").then(done, failed);
        return caf::behavior{[](caf::ok_atom) {}};
      })) {
    // nop
  }

  ~writing_actor() {
    caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
  }

  std::atomic<int> answers{0};
  std::atomic<int> code{0};
  caf::actor hdl;
};

} // namespace

TEST_CASE("writes by mail wait for the lock of their key, and hold nobody up",
          "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1h, .dirty = false}};
  auto xs = w.open();
  auto mail = cache<int, con_cache>::over_mail(w.system(), "accounts",
                                               must(xs.actor()));
  must(xs.put("a", 1));
  std::optional<writing_actor> writer;
  caf::expected<int> loaded{0};
  caf::expected<int> updated{0};
  std::thread loader;
  {
    other_holder holder{xs, "a"};
    writer.emplace(w, xs);
    wait_until([&] { return writer->answers == 1; }); // of the key "c"
    // The holder's lock is no concern of those who read or write elsewhere,
    // however many wait.
    CHECK(must(mail.get("a")) == 1);
    must(mail.put("d", 4));
    CHECK(must(mail.increment("d")) == 5);
    CHECK(must(mail.get("b")) == 2);
    loader = std::thread{[&] {
      loaded = mail.get_or_create("e", [] { return 5; });
      updated = mail.update("a", [](auto x) { return *x * 10; });
    }};
    wait_until([&] { return must(mail.get("e")).has_value(); });
    CHECK(writer->answers == 1);
    CHECK(must(mail.get("a")) == 1);
  }
  wait_until([&] { return writer->answers == 4; });
  loader.join();
  CHECK(must(loaded) == 5);
  CHECK(must(updated) == 40); // in the order in which they came
  CHECK(writer->code == 0);
  CHECK(must(xs.get("a")) == 40);
  must(xs.isolated("a", [] {})); // and the lock is free
}

TEST_CASE("a write by mail waits as long as acquire_lock_timeout says",
          "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1ms, .dirty = false}};
  auto xs = w.open();
  other_holder holder{xs, "a"};
  writing_actor writer{w, xs};
  wait_until([&] { return writer.answers == 4; });
  CHECK(writer.code == static_cast<int>(errc::timeout));
  CHECK(must(xs.get("a")) == std::nullopt);
}

TEST_CASE("writes by mail that wait are answered when the cache's actor ends",
          "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1h, .dirty = false}};
  auto xs = w.open();
  std::optional<writing_actor> writer;
  {
    other_holder holder{xs, "a"};
    writer.emplace(w, xs);
    wait_until([&] { return writer->answers == 1; });
    w.crash("accounts");
    wait_until([&] { return writer->answers == 4; });
    CHECK(writer->code == static_cast<int>(errc::cache_not_running));
    CHECK(must(xs.get("a")) == std::nullopt);
  }
  must(xs.put("a", 1)); // nobody is left in the queue
}

TEST_CASE("a plain write on a thread of the scheduler does not wait",
          "[con_cache]") {
  con_world w{{.acquire_lock_timeout = 1h, .dirty = false}};
  auto xs = w.open();
  other_holder holder{xs, "a"};
  std::atomic<int> code{0};
  w.system().spawn([&](caf::event_based_actor*) {
    code = xs.put("a", 1).error().code();
    return caf::behavior{};
  });
  wait_until([&] { return code == static_cast<int>(errc::would_block); });
}

TEST_CASE("locks are for the process of the cache", "[con_cache]") {
  con_world w;
  auto xs = w.open();
  auto mail = cache<int, con_cache>::over_mail(w.system(), "accounts",
                                               must(xs.actor()));
  CHECK(code_of(mail.isolated("a", [] {})) == errc::not_supported);
  CHECK(code_of(mail.events()) == errc::not_supported);
  CHECK(must(mail.update("a", [](auto) { return 1; })) == 1);
  CHECK(must(mail.update_existing("a", [](int x) { return x + 1; })) == 2);
  CHECK(must(mail.get_or_store("b", [] { return 3; })) == 3);
  must(mail.dirty_put("c", 4));
  CHECK(must(xs.get("c")) == 4);
}
