#include "support/rules.hpp"
#include "support/world.hpp"

#include <caf/sec.hpp>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

supervisor_options with(restart_strategy strategy) {
  return {.strategy = strategy};
}

/// Starts "a", "b" and "c".
void start_three(rules& r, restart_type type = restart_type::permanent) {
  REQUIRE(
    r.core()
      .start({pretended("a", type), pretended("b", type), pretended("c", type)})
      .empty());
  CHECK(r.events() == "+a +b +c");
}

child_spec significant(std::string id, restart_type type) {
  auto result = pretended(std::move(id), type);
  result.significant = true;
  return result;
}

/// Takes the answer to a request.
struct answer {
  std::optional<caf::error> err;

  detail::supervisor_core::on_done done() {
    return [this](caf::error x) { err = std::move(x); };
  }

  detail::supervisor_core::on_child child() {
    return [this](caf::expected<child_info> x) {
      err = x ? caf::error{} : std::move(x.error());
    };
  }
};

} // namespace

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
  rules r{{.backoff = {.initial = 100ms, .jitter = 0.5}}};
  start_three(r);
  r.dice = 0;
  r.crash("a");
  r.advance(50ms - 1ns);
  CHECK(r.events() == "-a");
  r.advance(1ns);
  CHECK(r.events() == "+a");
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
  {
    detail::supervisor_core* core = &r.core();
    start_three(r);
    core->~supervisor_core();
    CHECK(r.events() == "xc ?c xb ?b xa ?a");
    // The fixture destroys it again.
    class nobody final : public detail::supervisor_core::host {
      std::unique_ptr<detail::process> make(const child_spec&) override {
        return nullptr;
      }
      time_point now() const override {
        return {};
      }
      void wake_at(time_point) override {
      }
      double random() override {
        return 0;
      }
      void finished(caf::error) override {
      }
    };
    static nobody outside;
    new (core) detail::supervisor_core(outside, {});
  }
}

// -- auto_shutdown ------------------------------------------------------------

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

// -- requests -----------------------------------------------------------------

TEST_CASE("children are terminated, restarted and deleted by name",
          "[supervisor]") {
  rules r{{}};
  start_three(r);
  answer x;
  r.core().restart_child("b", x.child());
  CHECK(x.err == errc::child_running);
  r.core().delete_child("b", x.done());
  CHECK(x.err == errc::child_running);
  r.core().terminate_child("b", x.done());
  r.settle();
  CHECK(x.err == caf::error{});
  CHECK(r.events() == "xb ?b -b");
  CHECK(r.states() == "a running, b stopped, c running");
  r.core().restart_child("b", x.child());
  CHECK(x.err == caf::error{});
  CHECK(r.events() == "+b");
  r.core().terminate_child("b", x.done());
  r.settle();
  r.core().delete_child("b", x.done());
  CHECK(x.err == caf::error{});
  CHECK(r.states() == "a running, c running");
  for (auto request : {0, 1, 2}) {
    if (request == 0)
      r.core().terminate_child("b", x.done());
    else if (request == 1)
      r.core().restart_child("b", x.child());
    else
      r.core().delete_child("b", x.done());
    CHECK(x.err == errc::unknown_child);
  }
}

TEST_CASE("a child is added behind the others", "[supervisor]") {
  rules r{{.max_children = 4}};
  start_three(r);
  answer x;
  r.core().start_child(pretended("b"), x.child());
  CHECK(x.err == errc::name_taken);
  r.core().start_child(pretended(""), x.child());
  CHECK(x.err == errc::invalid_argument);
  r.fail_starts("d", 1);
  r.core().start_child(pretended("d"), x.child());
  CHECK(x.err == errc::unavailable);
  CHECK(r.states() == "a running, b running, c running");
  r.core().start_child(pretended("d"), x.child());
  CHECK(x.err == caf::error{});
  r.core().start_child(pretended("e"), x.child());
  CHECK(x.err == errc::limit_reached);
  CHECK(r.events() == "+d");
  auto counts = r.core().count_children();
  CHECK(counts.specs == 4);
  CHECK(counts.active == 4);
  CHECK(counts.workers == 4);
  CHECK(counts.supervisors == 0);
}

TEST_CASE("requests wait while children are stopped", "[supervisor]") {
  rules r{{}};
  r.ignore_stop("c");
  start_three(r);
  answer first;
  answer second;
  r.core().terminate_child("c", first.done());
  r.core().start_child(pretended("d"), second.child());
  CHECK_FALSE(first.err);
  CHECK_FALSE(second.err);
  CHECK(r.states() == "a running, b running, c stopping");
  r.crash("c");
  CHECK(first.err == caf::error{});
  CHECK(second.err == caf::error{});
  CHECK(r.events() == "xc ?c -c +d");
}

TEST_CASE("a dynamic supervisor numbers and forgets its children",
          "[supervisor]") {
  rules r{with(restart_strategy::dynamic)};
  answer x;
  for (int i = 0; i < 3; ++i)
    r.core().start_child(pretended("", restart_type::transient), x.child());
  CHECK(r.states() == "1 running, 2 running, 3 running");
  r.crash("1", caf::error{});
  r.crash("2");
  r.core().terminate_child("3", x.done());
  r.settle();
  CHECK(r.states() == "2 running");
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
