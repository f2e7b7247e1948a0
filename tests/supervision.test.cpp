// Supervisors as actors: what the rules of supervisor_core_*.test.cpp do to
// real ones.

#include "support/supervision_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

using namespace actor_cache;
using namespace actor_cache::test;

// -- kinds of children --------------------------------------------------------

TEST_CASE("children are caches, actors of any kind, and supervisors",
          "[supervisor]") {
  world w;
  auto typed = [](caf::actor_system& system) {
    using adder_actor = caf::typed_actor<caf::result<int>(int)>;
    return system.spawn([]() -> adder_actor::behavior_type {
      return {[](int x) { return x + 2; }};
    });
  };
  auto detached = [](caf::actor_system& system) -> caf::expected<caf::actor> {
    return system.spawn<caf::detached>(adder);
  };
  w.start({cache_spec{.name = "users"}, child_spec{"typed", typed},
           child_spec{"detached", detached},
           child_spec{"below", supervisor_spec{{adder_child("scheduled")}}}});
  auto children = must(which_children(w.system(), w.supervisor()));
  REQUIRE(children.size() == 4);
  CHECK(children[0].kind == child_kind::cache);
  CHECK(children[3].kind == child_kind::supervisor);
  CHECK(must(ask(w.system(), caf::actor_cast<caf::actor>(children[1].actor), 1))
        == 3);
  CHECK(must(ask(w.system(), caf::actor_cast<caf::actor>(children[2].actor), 1))
        == 2);
  auto counts = must(count_children(w.system(), w.supervisor()));
  CHECK(counts.specs == 4);
  CHECK(counts.active == 4);
  CHECK(counts.supervisors == 1);
  CHECK(counts.workers == 3);
}

TEST_CASE("a supervisor that gives up is restarted by its own",
          "[supervisor]") {
  world w;
  w.start({child_spec{"below", supervisor_spec{{cache_spec{.name = "users"},
                                                adder_child("worker")},
                                               {.max_restarts = 1}}}});
  must(w.find<int>("users").put("a", 1));
  auto below = w.child("below").actor;
  auto kill_worker = [&] {
    auto inner = caf::actor_cast<supervisor_actor>(w.child("below").actor);
    auto victim = must(which_children(w.system(), inner)).at(1);
    caf::anon_send_exit(victim.actor, caf::exit_reason::kill);
    return [&w, inner, restarts = victim.restarts] {
      auto now = which_children(w.system(), inner);
      return !now || now->at(1).restarts > restarts;
    };
  };
  wait_until(kill_worker());
  CHECK(w.child("below").actor == below);
  kill_worker();
  wait_until([&] {
    auto now = w.child("below");
    return now.restarts == 1 && now.state == child_state::running;
  });
  CHECK(w.child("below").actor != below);
  // The cache was closed with its supervisor; the one that runs now is new.
  CHECK(must(w.find<int>("users").size()) == 0);
}

TEST_CASE("a child below that cannot start unwinds the whole tree",
          "[supervisor]") {
  world w;
  auto fails = [](caf::actor_system&) -> caf::expected<caf::actor> {
    return make_error(errc::unavailable, "nobody home");
  };
  auto tree = start_supervisor(
    w.system(),
    {cache_spec{.name = "users"},
     child_spec{"below", supervisor_spec{{cache_spec{.name = "sessions"},
                                          child_spec{"fails", fails}}}}});
  CHECK(code_of(tree) == errc::unavailable);
  CHECK(text_of(tree) == "nobody home");
  // All names are free again when the call returns.
  w.start({cache_spec{.name = "users"}, cache_spec{.name = "sessions"}});
}

TEST_CASE("a factory that throws fails like one that returns an error",
          "[supervisor]") {
  world w;
  auto throws = [](caf::actor_system&) -> caf::actor {
    throw std::runtime_error("no such host");
  };
  auto tree = start_supervisor(w.system(), {child_spec{"x", throws}});
  CHECK(code_of(tree) == errc::exception);
  CHECK(text_of(tree).find("no such host") != std::string::npos);
}

TEST_CASE("an actor that throws ends with a reason that carries the message",
          "[supervisor]") {
  world w;
  auto throws = [](caf::actor_system& system) {
    return system.spawn([](caf::event_based_actor*) {
      return caf::behavior{[](int) { throw std::logic_error("bug 4711"); }};
    });
  };
  w.start({child_spec{"thrower", throws}, cache_spec{.name = "users"}});
  auto victim = caf::actor_cast<caf::actor>(w.child("thrower").actor);
  detail::anon_send(victim, 1);
  auto reason = reason_of(victim);
  CHECK(reason == caf::sec::runtime_error);
  CHECK(to_string(reason).find("bug 4711") != std::string::npos);
  wait_until([&] { return w.child("thrower").restarts == 1; });
  must(w.find<int>("users").put("a", 1));
}

// -- requests -----------------------------------------------------------------

TEST_CASE("children come and go by messages", "[supervisor]") {
  world w{{adder_child("a")}};
  auto& system = w.system();
  auto started = must(start_child(system, w.supervisor(), adder_child("b")));
  CHECK(started.id == "b");
  CHECK(started.state == child_state::running);
  CHECK(must(ask(system, caf::actor_cast<caf::actor>(started.actor), 1)) == 2);
  CHECK(code_of(start_child(system, w.supervisor(), adder_child("b")))
        == errc::name_taken);
  must(terminate_child(system, w.supervisor(), "b"));
  CHECK(w.child("b").state == child_state::stopped);
  CHECK(w.child("b").actor == nullptr);
  CHECK(must(restart_child(system, w.supervisor(), "b")).restarts == 1);
  CHECK(code_of(delete_child(system, w.supervisor(), "b"))
        == errc::child_running);
  must(terminate_child(system, w.supervisor(), "b"));
  must(delete_child(system, w.supervisor(), "b"));
  CHECK(code_of(restart_child(system, w.supervisor(), "b"))
        == errc::unknown_child);
}

TEST_CASE("a cache is terminated and restarted like any child",
          "[supervisor]") {
  world w{{cache_spec{.name = "users"}}};
  auto before = w.find<int>("users");
  must(before.put("a", 1));
  must(terminate_child(w.system(), w.supervisor(), "users"));
  CHECK(code_of(before.get("a")) == errc::cache_not_running);
  CHECK(code_of(cache<int>::find(w.system(), "users")) == errc::unknown_cache);
  must(restart_child(w.system(), w.supervisor(), "users"));
  CHECK(must(w.find<int>("users").size()) == 0);
}

TEST_CASE("an actor asks a supervisor without blocking", "[supervisor]") {
  world w{{adder_child("a")}};
  std::promise<std::string> answer;
  w.system().spawn([&](caf::event_based_actor* self) {
    detail::request(self, w.supervisor(), 1min,
                    msg::start_child{adder_child("b")})
      .then(
        [&](const child_info& x) {
          answer.set_value(x.id + ' ' + to_string(x.state));
        },
        [&](const caf::error& err) { answer.set_value(to_string(err)); });
  });
  CHECK(answer.get_future().get() == "b running");
}

TEST_CASE("a blocking call is refused on the scheduler's threads",
          "[supervisor]") {
  world w{{adder_child("a")}};
  std::promise<caf::error> answer;
  w.system().spawn([&](caf::event_based_actor* self) {
    auto refused = which_children(self->system(), w.supervisor());
    answer.set_value(refused ? caf::error{} : refused.error());
  });
  CHECK(answer.get_future().get() == errc::would_block);
}

TEST_CASE("a supervisor that has ended answers every call with an error",
          "[supervisor]") {
  world w;
  auto tree = must(start_supervisor(w.system(), {adder_child("a")}));
  must(stop_supervisor(w.system(), tree));
  CHECK(code_of(start_child(w.system(), tree, adder_child("b")))
        == errc::supervisor_not_running);
  CHECK(code_of(which_children(w.system(), tree))
        == errc::supervisor_not_running);
  CHECK(code_of(terminate_child(w.system(), tree, "a"))
        == errc::supervisor_not_running);
  CHECK(code_of(tree_of(w.system(), tree)) == errc::supervisor_not_running);
  CHECK(code_of(which_children(w.system(), {})) == errc::invalid_argument);
  CHECK(code_of(tree_of(w.system(), {})) == errc::invalid_argument);
}

TEST_CASE("requests that wait when a supervisor ends are answered",
          "[supervisor]") {
  world w;
  start_gate slow;
  slow.close();
  auto tree = must(start_supervisor(w.system(), {adder_child("a")}));
  caf::scoped_actor self{w.system()};
  auto start = detail::request(self.ptr(), tree, 1min,
                               msg::start_child{slow.child("slow")});
  wait_until([&] { return slow.starts() == 1; });
  caf::anon_send_exit(tree, caf::exit_reason::user_shutdown);
  auto late = detail::request(self.ptr(), tree, 1min,
                              msg::start_child{adder_child("b")});
  slow.open();
  std::move(start).receive([](const child_info& x) { CHECK(x.id == "slow"); },
                           [](caf::error& err) { FAIL(to_string(err)); });
  caf::error answer;
  std::move(late).receive([](const child_info&) { FAIL("was started"); },
                          [&](caf::error& err) { answer = std::move(err); });
  INFO(to_string(answer));
  CHECK(answer == caf::sec::broken_promise);
}

TEST_CASE("supervisors cannot form a cycle", "[supervisor]") {
  world w{{adder_child("a")}};
  auto self = [&](caf::actor_system&) {
    return caf::actor_cast<caf::actor>(w.supervisor());
  };
  auto direct = start_child(w.system(), w.supervisor(), child_spec{"x", self});
  CHECK(code_of(direct) == errc::invalid_argument);
  CHECK(text_of(direct).find("cycle") != std::string::npos);
  auto below
    = start_child(w.system(), w.supervisor(),
                  child_spec{"y", supervisor_spec{{child_spec{"x", self}}}});
  CHECK(code_of(below) == errc::invalid_argument);
  CHECK(must(which_children(w.system(), w.supervisor())).size() == 1);
}

TEST_CASE("bad options of a supervisor are refused by name", "[supervisor]") {
  world w;
  auto refused = [&](supervisor_options options, std::string_view part) {
    auto tree = start_supervisor(w.system(), {}, std::move(options));
    CHECK(code_of(tree) == errc::invalid_argument);
    CHECK(text_of(tree).find(part) != std::string::npos);
  };
  refused({.max_restarts = -1}, "max_restarts is -1");
  refused({.max_period = 0s}, "max_period is 0ns");
  refused({.name = "a/b"}, "name is 'a/b'");
  refused({.backoff = {.initial = -1s}}, "initial is -1s");
  refused({.backoff = {.factor = 0.5}}, "factor is 0.5");
  refused({.backoff = {.initial = 2s, .max = 1s}}, "max is 1s");
  refused({.backoff = {.jitter = 2}}, "jitter is 2");
  auto refuse_child = [&](child_spec child, std::string_view part) {
    auto tree = start_supervisor(w.system(), {std::move(child)});
    CHECK(code_of(tree) == errc::invalid_argument);
    CHECK(text_of(tree).find(part) != std::string::npos);
  };
  auto child = adder_child("a");
  child.shutdown_timeout = -1s;
  refuse_child(child, "child 'a': child_spec::shutdown_timeout is -1s");
  child = adder_child("a");
  child.significant = true;
  refuse_child(child, "never done");
  child.restart = restart_type::transient;
  refuse_child(child, "auto_shutdown is never");
  // A nested supervisor is checked before anything is started.
  refuse_child({"below", supervisor_spec{{}, {.max_restarts = -7}}},
               "max_restarts is -7");
  auto crowd = start_supervisor(w.system(),
                                {adder_child("a"), adder_child("b")},
                                {.max_children = 1});
  CHECK(code_of(crowd) == errc::limit_reached);
}

TEST_CASE("a dynamic supervisor takes children by the thousand",
          "[supervisor]") {
  world w;
  auto tree = must(start_supervisor(w.system(), {},
                                    {.strategy = restart_strategy::dynamic,
                                     .max_restarts = 1'000'000,
                                     .max_children = 3'000}));
  for (int i = 0; i < 3'000; ++i)
    must(start_child(w.system(), tree,
                     adder_child("", i % 2 == 0 ? restart_type::permanent
                                                : restart_type::temporary)));
  CHECK(code_of(start_child(w.system(), tree, adder_child("")))
        == errc::limit_reached);
  for (const auto& x : must(which_children(w.system(), tree)))
    caf::anon_send_exit(x.actor, caf::exit_reason::kill);
  // Those that are temporary are gone, the others are back.
  wait_until([&] {
    auto children = must(which_children(w.system(), tree));
    return children.size() == 1'500
           && std::all_of(children.begin(), children.end(), [](const auto& x) {
                return x.restarts == 1 && x.state == child_state::running;
              });
  });
  must(stop_supervisor(w.system(), tree));
}

// -- the printed tree ---------------------------------------------------------

TEST_CASE("a tree is printed with all that is known", "[supervisor]") {
  world w;
  auto tree = must(start_supervisor(
    w.system(),
    {cache_spec{.name = "users"},
     child_spec{"workers",
                supervisor_spec{{adder_child("mailer", restart_type::transient),
                                 adder_child("x", restart_type::temporary)},
                                {.strategy = restart_strategy::one_for_all}}},
     adder_child("last")},
    {.name = "app",
     .strategy = restart_strategy::rest_for_one,
     .max_restarts = 5,
     .max_period = 1min}));
  must(terminate_child(w.system(), tree, "last"));
  auto seen = must(tree_of(w.system(), tree));
  // Time is the one thing that the test does not know.
  seen.root.uptime = 3s;
  for (auto& x : seen.root.children)
    x.uptime = 12ms;
  for (auto& x : seen.below.at(0).root.children)
    x.uptime = 5min;
  seen.root.children[0].restarts = 2;
  CHECK(
    to_string(seen)
    == "app  supervisor, running for 3s; rest_for_one, 0 of 5 restarts in "
       "1min\n"
       "├── users    cache, permanent, running for 12ms, restarted 2 times\n"
       "├── workers  supervisor, permanent, running for 12ms; one_for_all, "
       "0 of 3 restarts in 5s\n"
       "│   ├── mailer  actor, transient, running for 5min\n"
       "│   └── x       actor, temporary, running for 5min\n"
       "└── last     actor, permanent, stopped\n");
  must(stop_supervisor(w.system(), tree));
}
