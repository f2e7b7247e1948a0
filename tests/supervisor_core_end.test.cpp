#include "support/supervisor_core_fixture.hpp"
#include "support/world.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <string>
#include <utility>

using namespace actor_cache;
using namespace actor_cache::test;

// How a supervisor ends, and by what.

// -- the end ------------------------------------------------------------------

TEST_CASE("a child that ignores its exit message is killed at its deadline",
          "[supervisor]") {
  rules r{{}};
  r.ignore_stop("b");
  start_three(r);
  r.core().shut_down(caf::exit_reason::user_shutdown);
  r.settle();
  CHECK(r.events() == "xc ?c -c xb ?b");
  r.advance(5s - 1ns);
  CHECK(r.events().empty());
  r.advance(1ns);
  CHECK(r.events() == "!b -b xa ?a -a");
  CHECK(r.finished_with() == caf::exit_reason::user_shutdown);
}

TEST_CASE("brutal_kill does not ask, no_kill waits", "[supervisor]") {
  rules r{{}};
  auto brutal = pretended("brutal");
  brutal.shutdown_timeout = brutal_kill;
  auto patient = pretended("patient");
  patient.shutdown_timeout = no_kill;
  r.ignore_stop("patient");
  REQUIRE(r.core().start({patient, brutal}).empty());
  r.events();
  r.core().shut_down(caf::exit_reason::user_shutdown);
  r.settle();
  CHECK(r.events() == "xbrutal !brutal -brutal xpatient ?patient");
  r.advance(24h);
  CHECK(r.events().empty());
  r.crash("patient");
  CHECK(r.finished_with());
}

TEST_CASE("a child that hangs is left behind and named", "[supervisor]") {
  rules r{{}};
  r.ignore_kill("b");
  start_three(r);
  r.core().shut_down(caf::exit_reason::user_shutdown);
  r.settle();
  r.advance(5s);
  CHECK_FALSE(r.finished_with());
  r.advance(5s);
  REQUIRE(r.finished_with());
  CHECK(*r.finished_with() == errc::child_failed);
  CHECK(message_of(*r.finished_with()).find("child 'b'") != std::string::npos);
}

TEST_CASE("an exit in the middle of a group restart starts nothing more",
          "[supervisor]") {
  rules r{with(restart_strategy::one_for_all)};
  r.ignore_stop("c");
  start_three(r);
  r.crash("a");
  r.core().shut_down(caf::exit_reason::user_shutdown);
  r.crash("c");
  CHECK(r.events() == "-a ?c -c ?b -b xc xb xa");
  CHECK(r.finished_with() == caf::exit_reason::user_shutdown);
}

TEST_CASE("what was lost on the way out is what the supervisor ends with",
          "[supervisor]") {
  rules r{{}};
  start_three(r);
  r.loss = make_error(errc::io_error, "the disk is full");
  r.core().shut_down(caf::exit_reason::user_shutdown);
  r.settle();
  REQUIRE(r.finished_with());
  CHECK(message_of(*r.finished_with()) == "the disk is full");
}

TEST_CASE("a start that fails unwinds and tells why", "[supervisor]") {
  rules r{{}};
  r.fail_starts("c", 1);
  auto err = r.core().start({pretended("a"), pretended("b"), pretended("c")});
  r.settle();
  CHECK(err == errc::unavailable);
  CHECK(r.events() == "+a +b xb ?b -b xa ?a -a");
  CHECK(r.finished_with() == errc::unavailable);
}

TEST_CASE("a supervisor that is destroyed asks its children to end",
          "[supervisor]") {
  rules r{{}};
  start_three(r);
  r.destroy();
  CHECK(r.events() == "xc ?c xb ?b xa ?a");
}

TEST_CASE("a dynamic supervisor stops all children at the same time",
          "[supervisor]") {
  rules r{with(restart_strategy::dynamic)};
  start_three(r);
  r.ignore_stop("a");
  r.ignore_stop("c");
  r.core().shut_down(caf::exit_reason::user_shutdown);
  r.settle();
  CHECK(r.events() == "xa ?a xb ?b xc ?c -b");
  r.advance(5s); // both deadlines
  CHECK(r.finished_with() == caf::exit_reason::user_shutdown);
}

// -- auto_shutdown ------------------------------------------------------------

namespace {

child_spec significant(std::string id, restart_type type) {
  auto result = pretended(std::move(id), type);
  result.significant = true;
  return result;
}

} // namespace

TEST_CASE("any significant child that is done ends the supervisor",
          "[supervisor]") {
  rules r{{.auto_shutdown = auto_shutdown::any_significant}};
  REQUIRE(r.core()
            .start({pretended("a"), significant("b", restart_type::transient),
                    significant("c", restart_type::transient)})
            .empty());
  r.events();
  r.crash("b", caf::sec::runtime_error);
  CHECK(r.events() == "-b +b");
  r.crash("b", caf::exit_reason::normal);
  CHECK(r.events() == "-b xb xc ?c -c xa ?a -a");
  CHECK(r.finished_with() == caf::exit_reason::user_shutdown);
}

TEST_CASE("the last significant child that is done ends the supervisor",
          "[supervisor]") {
  rules r{{.auto_shutdown = auto_shutdown::all_significant}};
  REQUIRE(r.core()
            .start({pretended("a", restart_type::temporary),
                    significant("b", restart_type::temporary),
                    significant("c", restart_type::transient)})
            .empty());
  r.crash("a");
  r.crash("b");
  CHECK_FALSE(r.finished_with());
  r.crash("c", caf::error{});
  CHECK(r.finished_with() == caf::exit_reason::user_shutdown);
}
