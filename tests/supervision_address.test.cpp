// Addresses of children: mail to whichever actor runs.

#include "support/supervision_fixture.hpp"

#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <string>
#include <utility>

using namespace actor_cache;
using namespace actor_cache::test;

TEST_CASE("an address reaches whichever actor runs", "[supervisor]") {
  world w;
  auto tree = must(
    start_supervisor(w.system(), {adder_child("adder")}, {.name = "app"}));
  auto at = must(address::find(w.system(), "app/adder"));
  auto hdl = at.actor();
  CHECK(must(ask(w.system(), hdl, 1)) == 2);
  auto first = must(at.current());
  // An exit message reaches the actor as well.
  caf::anon_send_exit(hdl, caf::exit_reason::kill);
  CHECK(reason_of(first) == caf::exit_reason::kill);
  CHECK(must(at.current(1min)) != first);
  CHECK(must(ask(w.system(), hdl, 2)) == 3);
  auto second = start_supervisor(w.system(), {adder_child("adder")},
                                 {.name = "app"});
  CHECK(code_of(second) == errc::name_taken);
  auto unknown = address::find(w.system(), "app/nobody");
  CHECK(code_of(unknown) == errc::unknown_child);
  CHECK(text_of(unknown).find("app/adder") != std::string::npos);
  must(stop_supervisor(w.system(), tree));
  CHECK(code_of(at.current()) == errc::cache_not_running);
  CHECK(code_of(ask(w.system(), hdl, 1)) == errc::cache_not_running);
  CHECK(code_of(address::find(w.system(), "app/adder")) == errc::unknown_child);
}

TEST_CASE("mail to a child that is down is refused or waits, as asked",
          "[supervisor]") {
  world w;
  start_gate slow;
  auto tree
    = must(start_supervisor(w.system(), {slow.child("slow")}, {.name = "app"}));
  auto at = must(address::find(w.system(), "app/slow"));
  auto impatient = at.actor();
  auto patient = at.actor(1h);
  auto brief = at.actor(1ms);
  slow.close();
  auto victim = must(at.current());
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  wait_for_end(victim);
  wait_until([&] { return slow.starts() == 2; });
  auto refused = ask(w.system(), impatient, 1);
  CHECK(code_of(refused) == errc::cache_not_running);
  CHECK(text_of(refused) == "child 'slow' is being restarted");
  CHECK(code_of(ask(w.system(), brief, 1)) == errc::cache_not_running);
  CHECK(code_of(at.current()) == errc::cache_not_running);
  // Two messages of one sender keep their order.
  caf::scoped_actor self{w.system()};
  auto first = detail::request(self.ptr(), patient, 1min, 1);
  auto second = detail::request(self.ptr(), patient, 1min, 2);
  slow.open();
  auto fail = [](caf::error& err) { FAIL(to_string(err)); };
  std::move(first).receive([](int x) { CHECK(x == 2); }, fail);
  std::move(second).receive([](int x) { CHECK(x == 3); }, fail);
  must(stop_supervisor(w.system(), tree));
}

TEST_CASE("mail that waits is answered when the child is stopped for good",
          "[supervisor]") {
  world w;
  auto tree = must(
    start_supervisor(w.system(), {adder_child("adder")},
                     {.name = "app", .backoff = {.initial = 1h, .max = 1h}}));
  auto at = must(address::find(w.system(), "app/adder"));
  auto victim = must(at.current());
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  wait_for_end(victim);
  caf::scoped_actor self{w.system()};
  auto waiting = detail::request(self.ptr(), at.actor(1h), 1min, 1);
  must(stop_supervisor(w.system(), tree));
  caf::error answer;
  std::move(waiting).receive([](int) { FAIL("nobody was there"); },
                             [&](caf::error& err) { answer = std::move(err); });
  CHECK(answer == errc::cache_not_running);
  CHECK(message_of(answer).find("was stopped") != std::string::npos);
}

TEST_CASE("a handle by mail waits for the restart of its cache, if asked",
          "[supervisor]") {
  world w;
  auto tree = must(start_supervisor(
    w.system(), {cache_spec{.name = "users", .adapter = agent_options{}}},
    {.name = "app", .backoff = {.initial = 50ms, .max = 50ms, .jitter = 0}}));
  auto users = w.find<int>("users");
  must(users.put("a", 1));
  auto hdl = must(users.actor());
  auto at = must(address::find(w.system(), "app/users"));
  auto victim = must(at.current());
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  wait_for_end(victim);
  CHECK(code_of(users.get("a")) == errc::cache_not_running);
  // The entries have outlived the actor.
  CHECK(must(users.waiting(1min).get("a")) == 1);
  CHECK(must(users.actor()) == hdl);
  must(stop_supervisor(w.system(), tree));
}
