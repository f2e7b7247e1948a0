#include "support/supervisor_core_fixture.hpp"
#include "support/world.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <string>

using namespace actor_cache;
using namespace actor_cache::test;

// Which children are restarted, when, and how often.

// -- strategies ---------------------------------------------------------------

TEST_CASE("one_for_one restarts the child that has ended", "[supervisor]") {
  rules r{with(restart_strategy::one_for_one)};
  start_three(r);
  r.crash("b");
  CHECK(r.events() == "-b +b");
}

TEST_CASE("one_for_all stops the others in reverse and starts all in order",
          "[supervisor]") {
  rules r{with(restart_strategy::one_for_all)};
  start_three(r);
  r.crash("b");
  CHECK(r.events() == "-b ?c -c ?a -a +a +b +c");
}

TEST_CASE("rest_for_one restarts those that were started after it",
          "[supervisor]") {
  rules r{with(restart_strategy::rest_for_one)};
  start_three(r);
  r.crash("b");
  CHECK(r.events() == "-b ?c -c +b +c");
}

TEST_CASE("a sibling that ends during a group restart is not asked to end",
          "[supervisor]") {
  rules r{with(restart_strategy::one_for_all)};
  r.ignore_stop("c");
  start_three(r);
  r.crash("b");
  CHECK(r.events() == "-b ?c");
  r.crash("a");
  CHECK(r.events() == "-a");
  r.crash("c");
  CHECK(r.events() == "-c +a +b +c");
}

TEST_CASE("a child that ends while others are stopped is attended to later",
          "[supervisor]") {
  rules r{with(restart_strategy::rest_for_one)};
  r.ignore_stop("c");
  start_three(r);
  r.crash("b");
  CHECK(r.events() == "-b ?c");
  r.crash("a");
  CHECK(r.states() == "a restarting, b restarting, c stopping");
  CHECK(r.events() == "-a");
  r.crash("c");
  CHECK(r.events() == "-c +b +c ?c");
  r.crash("c");
  CHECK(r.events() == "-c ?b -b +a +b +c");
}

TEST_CASE("a temporary sibling does not come back with the group",
          "[supervisor]") {
  rules r{with(restart_strategy::one_for_all)};
  REQUIRE(r.core()
            .start({pretended("a"), pretended("b", restart_type::temporary)})
            .empty());
  r.events();
  r.crash("a");
  CHECK(r.events() == "-a xb ?b -b +a");
  CHECK(r.states() == "a running");
}

// -- restart types ------------------------------------------------------------

TEST_CASE("a transient child is restarted where it failed", "[supervisor]") {
  rules r{with(restart_strategy::one_for_one)};
  start_three(r, restart_type::transient);
  r.crash("a", caf::sec::runtime_error);
  CHECK(r.events() == "-a +a");
  r.crash("a", caf::exit_reason::kill);
  CHECK(r.events() == "-a +a");
  r.crash("a", caf::error{});
  CHECK(r.events() == "-a xa");
  r.crash("b", caf::exit_reason::normal);
  r.crash("c", caf::exit_reason::user_shutdown);
  CHECK(r.states() == "a stopped, b stopped, c stopped");
}

TEST_CASE("a temporary child is forgotten", "[supervisor]") {
  rules r{with(restart_strategy::one_for_one)};
  start_three(r, restart_type::temporary);
  r.crash("b");
  CHECK(r.events() == "-b xb");
  CHECK(r.states() == "a running, c running");
}

TEST_CASE("a permanent child is restarted whatever it ended with",
          "[supervisor]") {
  rules r{with(restart_strategy::one_for_one)};
  start_three(r);
  r.crash("a", caf::error{});
  r.crash("b", caf::exit_reason::user_shutdown);
  CHECK(r.events() == "-a +a -b +b");
}

// -- intensity ----------------------------------------------------------------

TEST_CASE("restarts count within a window that slides", "[supervisor]") {
  rules r{{.max_restarts = 2, .max_period = 10s}};
  start_three(r);
  r.crash("a");
  r.advance(6s);
  r.crash("b");
  r.advance(5s); // the first one is out
  r.crash("c");
  CHECK(r.states() == "a running, b running, c running");
  CHECK(r.core().recent_restarts() == 2);
  r.events();
  r.crash("a", caf::sec::unexpected_message);
  CHECK(r.events() == "-a xc ?c -c xb ?b -b xa");
  REQUIRE(r.finished_with());
  CHECK(*r.finished_with() == errc::child_failed);
  auto text = message_of(*r.finished_with());
  CHECK(text.find("child 'a'") != std::string::npos);
  CHECK(text.find("2 restarts within 10s") != std::string::npos);
  CHECK(text.find("unexpected_message") != std::string::npos);
}

TEST_CASE("an intensity of zero gives up at once", "[supervisor]") {
  rules r{{.max_restarts = 0}};
  start_three(r);
  r.crash("b");
  REQUIRE(r.finished_with());
  CHECK(*r.finished_with() == errc::child_failed);
}

TEST_CASE("failed starts count as restarts", "[supervisor]") {
  rules r{{.max_restarts = 3}};
  start_three(r);
  r.fail_starts("b", 2);
  r.crash("b");
  CHECK(r.states() == "a running, b running, c running");
  CHECK(r.core().recent_restarts() == 3);
  r.fail_starts("b", 1);
  r.advance(6s);
  r.fail_starts("b", 100);
  r.crash("b");
  REQUIRE(r.finished_with());
  CHECK(message_of(*r.finished_with()).find("b cannot start")
        != std::string::npos);
}

TEST_CASE("a group goes on from the child that could not start",
          "[supervisor]") {
  rules r{with(restart_strategy::rest_for_one)};
  start_three(r);
  r.fail_starts("b", 1);
  r.crash("a");
  CHECK(r.events() == "-a ?c -c ?b -b +a +b +c");
}

// -- back-off -----------------------------------------------------------------

TEST_CASE("restarts wait longer each time", "[supervisor]") {
  rules r{{.max_restarts = 100,
           .backoff = {.initial = 100ms, .max = 350ms, .jitter = 0}}};
  start_three(r);
  auto wait_of = [&](timespan wait) {
    r.crash("b");
    CHECK(r.events() == "-b");
    CHECK(r.states() == "a running, b restarting, c running");
    r.advance(wait - 1ns);
    CHECK(r.events().empty());
    r.advance(1ns);
    CHECK(r.events() == "+b");
  };
  wait_of(100ms);
  wait_of(200ms);
  wait_of(350ms);
  wait_of(350ms);
  r.advance(1min); // it has recovered
  wait_of(100ms);
}

TEST_CASE("the wait is spread at random", "[supervisor]") {
  rules r{{.backoff = {.initial = 100ms, .factor = 1, .jitter = 0.5}}};
  start_three(r);
  auto wait_of = [&](double dice, timespan wait) {
    INFO("dice: " << dice);
    r.dice = dice;
    r.crash("a");
    r.advance(wait - 1ns);
    CHECK(r.events() == "-a");
    r.advance(1ns);
    CHECK(r.events() == "+a");
  };
  wait_of(0, 50ms);
  wait_of(0.5, 100ms);
  wait_of(1, 150ms);
}

TEST_CASE("a child that waits for its restart can be terminated",
          "[supervisor]") {
  rules r{{.backoff = {.initial = 100ms, .jitter = 0}}};
  start_three(r);
  r.crash("b");
  answer restarted;
  r.core().restart_child("b", restarted.child());
  CHECK(restarted.err == errc::child_running);
  answer terminated;
  r.core().terminate_child("b", terminated.done());
  REQUIRE(terminated.err);
  CHECK(terminated.err->empty());
  r.advance(1s);
  CHECK(r.events() == "-b xb");
  CHECK(r.states() == "a running, b stopped, c running");
}

TEST_CASE("with one_for_all nobody runs while one waits for its restart",
          "[supervisor]") {
  rules r{{.strategy = restart_strategy::one_for_all,
           .backoff = {.initial = 100ms, .jitter = 0}}};
  start_three(r);
  r.crash("a");
  CHECK(r.events() == "-a ?c -c ?b -b");
  r.advance(100ms);
  CHECK(r.events() == "+a +b +c");
}
