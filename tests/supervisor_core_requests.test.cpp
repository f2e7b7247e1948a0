#include "support/supervisor_core_fixture.hpp"

using namespace actor_cache;
using namespace actor_cache::test;

// What a supervisor is asked to do with its children.

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
