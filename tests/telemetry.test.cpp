#include "actor_cache/detail/caf_compat.hpp"

#include "support/event_log.hpp"
#include "support/subjects.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include <atomic>
#include <stdexcept>

using namespace actor_cache;
using namespace actor_cache::test;

// Who gets events, and what becomes of handlers.

namespace {

using telemetry::event_pattern;
using telemetry::event_view;

errc code_of_error(const caf::error& x) {
  REQUIRE(x.category() == caf::type_id_v<errc>);
  return static_cast<errc>(x.code());
}

std::vector<std::string> ids(caf::actor_system& system) {
  std::vector<std::string> result;
  for (const auto& x : telemetry::list_handlers(system))
    result.push_back(x.id);
  return result;
}

/// Attaches a function that counts the events it gets.
void count_events(caf::actor_system& system, std::string id, event_pattern what,
                  std::atomic<int>& count) {
  auto err = telemetry::attach(system, std::move(id), std::move(what),
                               [&count](const event_view&) { ++count; });
  REQUIRE(err.empty());
}

} // namespace

// -- names --------------------------------------------------------------------

TEST_CASE("a pattern is one name, or all below one", "[telemetry]") {
  event_pattern exact{"a.b"};
  CHECK(exact.matches("a.b"));
  CHECK_FALSE(exact.matches("a.b.c"));
  CHECK_FALSE(exact.matches("a"));
  auto below = event_pattern::below("a.b");
  CHECK(below.matches("a.b"));
  CHECK(below.matches("a.b.c"));
  CHECK_FALSE(below.matches("a.bc"));
  CHECK_FALSE(below.matches("a"));
  CHECK(event_pattern::below("").matches("whatever"));
}

TEST_CASE("a handler gets the events of its patterns only", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  std::atomic<int> misses{0};
  std::atomic<int> puts{0};
  std::atomic<int> both{0};
  count_events(w.system(), "misses", "actor_cache.cache.get.miss", misses);
  count_events(w.system(), "puts",
               event_pattern::below("actor_cache.cache.put"), puts);
  auto err = telemetry::attach_many(w.system(), "both",
                                    {"actor_cache.cache.get.miss",
                                     "actor_cache.cache.put.stop"},
                                    [&](const event_view&) { ++both; });
  REQUIRE(err.empty());
  must(xs.put("a", 1));
  must(xs.get("a"));
  must(xs.get("b"));
  CHECK(misses == 1);
  CHECK(puts == 2);
  CHECK(both == 2);
}

// -- attaching ----------------------------------------------------------------

TEST_CASE("a handler is attached once, and detached once", "[telemetry]") {
  world w;
  auto nothing = [](const event_view&) {};
  CHECK(telemetry::attach(w.system(), "x", "a.b", nothing).empty());
  CHECK(code_of_error(telemetry::attach(w.system(), "x", "a.c", nothing))
        == errc::name_taken);
  CHECK(telemetry::attach(w.system(), "y", "a.c", nothing).empty());
  CHECK(ids(w.system()) == std::vector<std::string>{"x", "y"});
  CHECK(telemetry::detach(w.system(), "x").empty());
  CHECK(code_of_error(telemetry::detach(w.system(), "x"))
        == errc::key_not_found);
  CHECK(ids(w.system()) == std::vector<std::string>{"y"});
}

TEST_CASE("what no handler can be made of is refused", "[telemetry]") {
  world w;
  auto nothing = [](const event_view&) {};
  auto& system = w.system();
  auto invalid = errc::invalid_argument;
  CHECK(code_of_error(telemetry::attach(system, "", "a", nothing)) == invalid);
  CHECK(code_of_error(telemetry::attach_many(system, "x", {}, nothing))
        == invalid);
  CHECK(code_of_error(telemetry::attach(system, "x", "a", telemetry::handler{}))
        == invalid);
  CHECK(code_of_error(telemetry::attach(system, "x", "a", caf::actor{}))
        == invalid);
  CHECK(ids(system).empty());
}

TEST_CASE("handlers may come and go while they run", "[telemetry]") {
  world w;
  std::atomic<int> seen{0};
  std::atomic<int> later{0};
  auto& system = w.system();
  auto err = telemetry::attach(system, "once", "a", [&](const event_view&) {
    ++seen;
    REQUIRE(telemetry::detach(system, "once").empty());
    count_events(system, "next", "a", later);
  });
  REQUIRE(err.empty());
  telemetry::execute(system, "a");
  telemetry::execute(system, "a");
  CHECK(seen == 1);
  CHECK(later == 1);
}

TEST_CASE("a handler does not hear of the calls that it makes itself",
          "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  std::atomic<int> seen{0};
  std::atomic<int> others{0};
  auto err = telemetry::attach(w.system(), "writer",
                               event_pattern::below("actor_cache.cache"),
                               [&](const event_view&) {
                                 ++seen;
                                 must(xs.put("events", seen));
                               });
  REQUIRE(err.empty());
  count_events(w.system(), "puts", "actor_cache.cache.put.stop", others);
  must(xs.get("a"));
  CHECK(seen == 3); // start, miss, stop
  CHECK(others == 3);
  CHECK(telemetry::detach(w.system(), "writer").empty());
}

// -- handlers that throw ------------------------------------------------------

TEST_CASE("a handler that throws is detached, and reported once",
          "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  event_log log{w.system(), "actor_cache.telemetry.handler.failure"};
  std::atomic<int> calls{0};
  std::atomic<int> waiting{0};
  auto err = telemetry::attach(w.system(), "bad", "actor_cache.cache.get.start",
                               [&](const event_view&) {
                                 ++calls;
                                 ++waiting;
                                 wait_until([&] { return waiting == 4; });
                                 throw std::runtime_error{"no disk"};
                               });
  REQUIRE(err.empty());
  std::atomic<int> misses{0};
  on_threads(4, [&](size_t) { misses += must(xs.get("a")) ? 0 : 1; });
  CHECK(misses == 4);
  CHECK(calls == 4); // all of them were in it when the first one threw
  CHECK(ids(w.system()) == std::vector<std::string>{"event log"});
  auto all = log.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].meta("handler_id") == "bad");
  CHECK(all[0].meta("event") == "actor_cache.cache.get.start");
  CHECK(all[0].meta("reason") == "no disk");
  must(xs.get("a"));
  CHECK(calls == 4);
}

// -- actors -------------------------------------------------------------------

namespace {

/// An actor that keeps the names of events, and may leave their senders
/// waiting.
struct listener {
  std::mutex mtx;
  std::vector<std::string> names;
  std::vector<caf::response_promise> owed;
  bool answers = true;

  size_t size() {
    std::lock_guard guard{mtx};
    return names.size();
  }
};

caf::behavior listen(caf::event_based_actor* self, listener* to) {
  return {
    [=](const telemetry::event& x) -> caf::result<void> {
      std::lock_guard guard{to->mtx};
      to->names.push_back(x.name);
      if (to->answers)
        return caf::unit;
      to->owed.push_back(self->make_response_promise());
      return caf::delegated<void>{};
    },
    [=](caf::ok_atom) {
      std::lock_guard guard{to->mtx};
      to->answers = true;
      for (auto& x : to->owed)
        x.deliver(caf::unit);
      to->owed.clear();
    },
  };
}

telemetry::handler_info only_handler(caf::actor_system& system) {
  auto all = telemetry::list_handlers(system);
  REQUIRE(all.size() == 1);
  return all[0];
}

} // namespace

TEST_CASE("an actor gets events as messages, in order", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  listener heard;
  auto hdl = w.system().spawn(listen, &heard);
  REQUIRE(telemetry::attach(w.system(), "actor",
                            event_pattern::below("actor_cache.cache"), hdl)
            .empty());
  must(xs.put("a", 1));
  must(xs.get("a"));
  wait_until([&] { return only_handler(w.system()).delivered == 4; });
  CHECK(heard.names
        == std::vector<std::string>{"actor_cache.cache.put.start",
                                    "actor_cache.cache.put.stop",
                                    "actor_cache.cache.get.start",
                                    "actor_cache.cache.get.stop"});
  caf::anon_send_exit(hdl, caf::exit_reason::kill);
}

TEST_CASE("what an actor cannot take is dropped and counted", "[telemetry]") {
  world w;
  listener heard;
  heard.answers = false;
  auto hdl = w.system().spawn(listen, &heard);
  REQUIRE(telemetry::attach(w.system(), "actor", "a", hdl, {.max_in_flight = 3})
            .empty());
  for (auto i = 0; i < 10; ++i)
    telemetry::execute(w.system(), "a");
  CHECK(only_handler(w.system()).dropped == 7);
  CHECK(only_handler(w.system()).in_flight == 3);
  wait_until([&] { return heard.size() == 3; });
  actor_cache::detail::anon_send(hdl, caf::ok_atom_v);
  wait_until([&] { return only_handler(w.system()).in_flight == 0; });
  telemetry::execute(w.system(), "a");
  wait_until([&] { return only_handler(w.system()).delivered == 4; });
  CHECK(only_handler(w.system()).dropped == 7);
  caf::anon_send_exit(hdl, caf::exit_reason::kill);
}

TEST_CASE("a handler goes with its actor", "[telemetry]") {
  world w;
  listener heard;
  auto hdl = w.system().spawn(listen, &heard);
  REQUIRE(telemetry::attach(w.system(), "actor", "a", hdl).empty());
  caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
  wait_until([&] { return ids(w.system()).empty(); });
}

// -- events of the application ------------------------------------------------

TEST_CASE("an application has events of its own", "[telemetry]") {
  world w;
  event_log log{w.system(), event_pattern::below("shop")};
  telemetry::execute(w.system(), "shop.order", {{"items", 3}},
                     {{"customer", "ada"}});
  auto all = log.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].name == "shop.order");
  CHECK(all[0].measured("items") == 3);
  CHECK(all[0].meta("customer") == "ada");
  CHECK(all[0].measured("none", -1) == -1);
  CHECK(all[0].meta("none").empty());
}

TEST_CASE("a span is told with its end, whatever that is", "[telemetry]") {
  world w;
  event_log log{w.system(), event_pattern::below("shop")};
  CHECK(
    telemetry::span(w.system(), "shop.pay", {{"by", "card"}}, [] { return 7; })
    == 7);
  auto bad = [] { throw std::runtime_error{"declined"}; };
  CHECK_THROWS_AS(telemetry::span(w.system(), "shop.pay", {}, bad),
                  std::runtime_error);
  CHECK(log.names()
        == std::vector<std::string>{"shop.pay.start", "shop.pay.stop",
                                    "shop.pay.start", "shop.pay.exception"});
  auto all = log.all();
  CHECK(all[1].meta("by") == "card");
  CHECK(all[1].measured("duration", -1) >= 0);
  CHECK(all[0].span == all[1].span);
  CHECK(all[2].span != all[1].span);
  CHECK(all[3].meta("reason") == "declined");
}

// -- sandboxes ----------------------------------------------------------------

TEST_CASE("a call to an instance in a sandbox is told once, under the cache's "
          "name",
          "[telemetry]") {
  world w{{cache_spec{.name = "xs", .sandbox = true}}};
  auto registry = must(sandbox_registry::start(w.system()));
  auto box = must(registry.start_here({"xs"}));
  auto xs = w.find<int>("xs");
  event_log log{w.system()};
  must(xs.put("a", 1));
  CHECK(log.names() == std::vector<std::string>{"put.start", "put.stop"});
  CHECK(log.only("cache.put.stop").meta("cache_name") == "xs");
}
