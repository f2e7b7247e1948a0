#include "actor_cache/detail/ask_engine.hpp"
#include "actor_cache/detail/served_ops.hpp"
#include "actor_cache/ets.hpp"

#include "support/event_log.hpp"
#include "support/subjects.hpp"
#include "support/values.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// What calls of a cache tell, on which road soever they come.

namespace {

using names = std::vector<std::string>;

/// Makes the call `Op` with what its members are by default.
template <class Op>
void make_call(const detail::endpoint& at) {
  Op op{};
  if constexpr (requires { op.key; })
    op.key = "k";
  if (auto engine = at.direct(); engine != nullptr)
    static_cast<void>(std::apply(
      [&](const auto&... xs) {
        return detail::ask_engine<Op>(*engine, Op{op}.*xs.member...);
      },
      Op::fields));
  else
    static_cast<void>(at.ask(op));
}

template <class Op>
void check_spans(event_log& log, const detail::endpoint& at) {
  auto name = std::string{detail::operation_name<Op>};
  INFO("call: " << name);
  CHECK(spans_of(log, [&] { make_call<Op>(at); })
        == names{name + ".start", name + ".stop"});
}

template <class... Ops>
void check_all_spans(detail::op_list<Ops...>, event_log& log,
                     const detail::endpoint& at) {
  (check_spans<Ops>(log, at), ...);
}

/// The messages that are calls of a user's: all but those about leases.
using calls = detail::joined<
  detail::op_list<msg::get, msg::get_entry, msg::put, msg::put_new,
                  msg::replace, msg::put_if, msg::rewrite, msg::erase,
                  msg::erase_if, msg::take, msg::lookup, msg::take_all,
                  msg::erase_object, msg::replace_object, msg::touch,
                  msg::increment, msg::decrement, msg::contains, msg::ttl_of,
                  msg::get_many, msg::put_many, msg::erase_many, msg::size,
                  msg::clear, msg::scan, msg::explain, msg::stats>,
  detail::capability_ops>::type;

template <class... Ops>
constexpr size_t count(detail::op_list<Ops...>) {
  return sizeof...(Ops);
}

// A new message is to be added above, or to be one about leases.
static_assert(count(calls{})
                + count(detail::op_list<msg::fulfil, msg::abandon>{})
                + count(detail::waiting_ops{})
              == count(detail::served_ops{}));

std::shared_ptr<const detail::endpoint> endpoint_of(contract_world& w,
                                                    const subject& which) {
  auto found = must(detail::find_endpoint(w.system(), w.cache_name, ""));
  if (which.road == road::direct)
    return found;
  return std::make_shared<const detail::endpoint>(w.system(), w.cache_name,
                                                  must(found->actor()));
}

} // namespace

TEST_CASE("each message is one span, on each road of each adapter",
          "[telemetry]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto at = endpoint_of(w, which);
  event_log log{w.system()};
  check_all_spans(calls{}, log, *at);
}

TEST_CASE("the events of a call say what it is about", "[telemetry]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  must(xs.put("a", 1));
  event_log log{w.system()};
  must(xs.get("a"));
  CHECK(log.names() == names{"get.start", "get.stop"});
  auto start = log.only("cache.get.start");
  auto stop = log.only("cache.get.stop");
  CHECK(start.meta("cache_name") == "subject");
  CHECK(start.meta("operation") == "get");
  CHECK_FALSE(start.meta("adapter").empty());
  CHECK(start.measured("system_time") > 0);
  CHECK(start.metadata == stop.metadata);
  CHECK(start.key == "a");
  CHECK(stop.key == "a");
  CHECK(start.span != 0);
  CHECK(start.span == stop.span);
  CHECK(stop.measured("duration", -1) == 0); // the clock stands still
}

TEST_CASE("calls of many keys, or none, have no key to tell", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  event_log log{w.system()};
  must(xs.get_many({"a", "b"}));
  must(xs.size());
  for (const auto& x : log.all())
    CHECK(x.key == std::nullopt);
  CHECK(log.all().size() == 5);
}

TEST_CASE("keys are for those who ask", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  event_log log{w.system(), telemetry::event_pattern::below("actor_cache"), {}};
  must(xs.get("secret"));
  CHECK(log.all().size() == 3);
  for (const auto& x : log.all()) {
    CHECK(x.key == std::nullopt);
    for (const auto& [name, value] : x.metadata)
      CHECK(value.find("secret") == std::string::npos);
  }
}

TEST_CASE("reads tell what they look for in vain", "[telemetry]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  must(xs.put("a", 1));
  event_log log{w.system()};
  must(xs.get("a"));
  must(xs.contains("b"));
  must(xs.ttl_of("b"));
  CHECK(log.of("cache.get.miss").empty());
  must(xs.get("b"));
  CHECK(log.only("cache.get.miss").measured("count") == 1);
  CHECK(log.only("cache.get.miss").key == "b");
  must(xs.get_versioned("b"));
  CHECK(log.only("cache.get_entry.miss").measured("count") == 1);
  must(xs.take("b"));
  CHECK(log.only("cache.take.miss").measured("count") == 1);
  must(xs.get_many({"a", "b", "c"}));
  CHECK(log.only("cache.get_many.miss").measured("count") == 2);
  auto all = log.names();
  CHECK(std::count_if(all.begin(), all.end(),
                      [](const auto& x) { return x.ends_with(".miss"); })
        == 4);
}

// -- failures -----------------------------------------------------------------

TEST_CASE("a call that fails tells why, within its span", "[telemetry]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  event_log log{w.system()};
  CHECK(code_of(xs.put_if("a", 1, 17)) == errc::version_conflict);
  CHECK(log.names() == names{"put_if.start", "put_if.error", "put_if.stop"});
  auto error = log.only("cache.put_if.error");
  CHECK(error.measured("count") == 1);
  CHECK(error.meta("error") == "version_conflict");
  CHECK(log.only("cache.put_if.stop").meta("error") == "version_conflict");
}

TEST_CASE("a value of another type is an error of the call that reads it",
          "[telemetry]") {
  auto by = GENERATE(road::direct, road::mail);
  cache_spec spec{.name = "xs"};
  if (by == road::mail)
    spec.adapter = agent_options{};
  world w{{spec}};
  must(w.find<int>("xs").put("a", 1));
  auto users = w.find<user>("xs");
  event_log log{w.system()};
  CHECK(code_of(users.get("a")) == errc::type_mismatch);
  CHECK(log.only("cache.get.error").meta("error") == "type_mismatch");
}

TEST_CASE("an exception of a user's function ends the span", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = must(cache<int, ets>::find(w.system(), "xs"));
  must(xs.put("a", 1));
  event_log log{w.system()};
  auto bad = [](int, const std::string&, int) -> int {
    throw std::runtime_error{"no sum"};
  };
  CHECK(code_of(xs.foldl(0, bad)) == errc::exception);
  CHECK(log.names() == names{"foldl.start", "foldl.exception"});
  auto told = log.only("cache.foldl.exception");
  CHECK(told.meta("reason").find("no sum") != std::string::npos);
  auto figures = telemetry::snapshot(w.system());
  REQUIRE(figures.size() == 1);
  CHECK(figures[0].errors
        == std::vector<std::pair<std::string, uint64_t>>{{"exception", 1}});
}

// -- loads --------------------------------------------------------------------

TEST_CASE("a load is told with its time, within the call", "[telemetry]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  event_log log{w.system()};
  auto make = [&] {
    w.clock()->advance(5ms);
    return 7;
  };
  CHECK(must(xs.get_or_create("a", make)) == 7);
  CHECK(log.only("cache.load.start").key == "a");
  auto stop = log.only("cache.load.stop");
  if (!which.sandboxed) // which has a clock of its own
    CHECK(stop.measured("duration") == timespan{5ms}.count());
  CHECK(stop.span == log.only("cache.load.start").span);
  CHECK(log.only("cache.get_or_create.miss").key == "a");
  log.only("cache.get_or_create.start");
  log.only("cache.get_or_create.stop");
  CHECK(log.all().size() == 5);
  log.clear();
  CHECK(must(xs.get_or_create("a", make)) == 7);
  CHECK(log.names() == names{"get_or_create.start", "get_or_create.stop"});
}

TEST_CASE("a load that fails is an exception of the load and an error of the "
          "call",
          "[telemetry]") {
  auto which = GENERATE(from_range(subjects()));
  CAPTURE(which);
  contract_world w{which};
  auto xs = w.open<int>();
  event_log log{w.system()};
  auto bad = []() -> int { throw std::runtime_error{"no database"}; };
  CHECK(code_of(xs.get_or_create("a", bad)) == errc::load_failed);
  CHECK(log.only("cache.load.exception").meta("error") == "load_failed");
  CHECK(log.only("cache.get_or_create.error").meta("error") == "load_failed");
  CHECK(log.of("cache.load.stop").empty());
}

// -- what happens to caches ---------------------------------------------------

TEST_CASE("evictions are told by cause, at the sweep", "[telemetry]") {
  world w;
  cache_spec spec{.name = "xs", .sweep_interval = 1ms};
  w.start({w.timed(spec)});
  auto xs = w.find<int>("xs");
  event_log log{w.system(), "actor_cache.cache.eviction"};
  must(xs.put("a", 1, 1s));
  must(xs.put("b", 1, 1s));
  must(xs.put("c", 1));
  w.clock()->advance(2s);
  auto told = [&](std::string_view cause) {
    int64_t result = 0;
    for (const auto& x : log.all())
      if (x.meta("cause") == cause)
        result += x.measured("count");
    return result;
  };
  wait_until([&] { return told("expired") == 2; });
  must(xs.erase("c"));
  wait_until([&] { return told("erased") == 1; });
  must(xs.put("d", 1));
  must(xs.clear());
  wait_until([&] { return told("cleared") == 1; });
  CHECK(told("expired") == 2);
}

TEST_CASE("a restart is told", "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  event_log log{w.system(), "actor_cache.cache.restart"};
  w.crash("xs");
  w.crash("xs");
  auto all = log.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].meta("cache_name") == "xs");
  CHECK(all[1].measured("restarts") == 2);
}
