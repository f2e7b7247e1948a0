#include "actor_cache/con_cache.hpp"
#include "actor_cache/counter.hpp"
#include "actor_cache/detail/ask_engine.hpp"
#include "actor_cache/detail/served_ops.hpp"
#include "actor_cache/dets.hpp"
#include "actor_cache/ets.hpp"

#include "support/event_log.hpp"
#include "support/subjects.hpp"
#include "support/temporary_folder.hpp"
#include "support/values.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <stdexcept>

using namespace actor_cache;
using namespace actor_cache::test;

// What calls of a cache tell, on which road soever they come.

namespace {

using names = std::vector<std::string>;

// -- all messages -------------------------------------------------------------

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

/// Returns the phases of the spans that `f` opens, each with its operation.
template <class F>
names spans_of(event_log& log, F f) {
  log.clear();
  f();
  names result;
  for (const auto& x : log.names())
    if (x.ends_with(".start") || x.ends_with(".stop")
        || x.ends_with(".exception"))
      result.push_back(x);
  return result;
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

// -- calls that consist of others ---------------------------------------------

namespace {

/// A call of a user's, by the name that its span has.
template <class Cache>
using named_call = std::pair<std::string, std::function<void(const Cache&)>>;

constexpr auto all = match::any;

template <class Cache>
std::vector<named_call<Cache>> table_calls() {
  using C = const Cache&;
  auto path = [] {
    static const temporary_folder folder;
    return folder.path() + "/snapshot";
  };
  return {
    {"update", [](C x) { must(x.update("a", [](auto) { return 2; })); }},
    {"for_each", [](C x) { must(x.for_each([](const auto&, int) {})); }},
    {"select", [](C x) { must(x.select(all)); }},
    {"select", [](C x) { must(x.match_object(all)); }},
    {"select", [](C x) { must(x.select(all, 2)); }},
    {"select", [](C x) { must(x.tab2list()); }},
    {"select_reverse", [](C x) { must(x.select_reverse(all, 2)); }},
    {"select_count", [](C x) { must(x.select_count(all)); }},
    {"select_delete", [](C x) { must(x.select_delete(match::key == "none")); }},
    {"select_replace",
     [](C x) { must(x.select_replace(all, [](auto&, int) { return 4; })); }},
    {"foldl",
     [](C x) { must(x.foldl(0, [](int s, auto&, int y) { return s + y; })); }},
    {"foldr",
     [](C x) { must(x.foldr(0, [](int s, auto&, int y) { return s + y; })); }},
    {"lookup", [](C x) { must(x.lookup("a")); }},
    {"take_all", [](C x) { must(x.take_all("none")); }},
    {"contains", [](C x) { must(x.member("a")); }},
    {"put", [](C x) { must(x.insert_raw("c", 1)); }},
    {"put_new", [](C x) { must(x.insert_new("c", 1)); }},
    {"insert_new", [](C x) { must(x.insert_new({{"d", 1}, {"e", 2}})); }},
    {"delete_object", [](C x) { must(x.delete_object("d", 1)); }},
    {"first", [](C x) { must(x.first()); }},
    {"last", [](C x) { must(x.last()); }},
    {"next", [](C x) { must(x.next("a")); }},
    {"prev", [](C x) { must(x.prev("a")); }},
    {"first_lookup", [](C x) { must(x.first_lookup()); }},
    {"last_lookup", [](C x) { must(x.last_lookup()); }},
    {"next_lookup", [](C x) { must(x.next_lookup("a")); }},
    {"prev_lookup", [](C x) { must(x.prev_lookup("a")); }},
    {"update_counter", [](C x) { must(x.update_counter("a", 1)); }},
    {"info", [](C x) { must(x.info()); }},
    {"copy_to", [](C x) { must(x.copy_to(x)); }},
    {"save_snapshot", [=](C x) { must(x.save_snapshot(path())); }},
    {"load_snapshot", [=](C x) { must(x.load_snapshot(path())); }},
    {"get_or_create",
     [](C x) { must(x.get_or_create("a", [] { return 1; })); }},
    {"init_table",
     [](C x) {
       must(x.init_table(
         [] { return std::optional<std::pair<std::string, int>>{}; }));
     }},
    {"clear", [](C x) { must(x.delete_all_objects()); }},
  };
}

/// Checks that each call is one span of its name.
template <class Adapter>
void check_calls(adapter_options options,
                 const std::vector<named_call<cache<int, Adapter>>>& table) {
  world w{{cache_spec{.name = "xs", .adapter = std::move(options)}}};
  auto xs = must(cache<int, Adapter>::find(w.system(), "xs"));
  must(xs.put("a", 1));
  must(xs.put("b", 2));
  event_log log{w.system()};
  for (const auto& [name, call] : table) {
    INFO("call: " << name);
    CHECK(spans_of(log, [&] { call(xs); })
          == names{name + ".start", name + ".stop"});
  }
}

template <class Cache>
std::vector<named_call<Cache>> lock_calls() {
  using C = const Cache&;
  auto one = [](auto) { return 1; };
  auto same = [](int x) { return x; };
  return {
    {"isolated", [](C x) { must(x.isolated("a", [] {})); }},
    {"try_isolated", [](C x) { must(x.try_isolated("a", [] {})); }},
    {"get_or_store", [](C x) { must(x.get_or_store("n", [] { return 1; })); }},
    {"dirty_get_or_store",
     [](C x) { must(x.dirty_get_or_store("m", [] { return 1; })); }},
    {"update", [=](C x) { must(x.update("a", one)); }},
    {"dirty_update", [=](C x) { must(x.dirty_update("a", one)); }},
    {"update_existing", [=](C x) { must(x.update_existing("a", same)); }},
    {"dirty_update_existing",
     [=](C x) { must(x.dirty_update_existing("a", same)); }},
    {"put", [](C x) { must(x.dirty_put("a", 1)); }},
    {"erase", [](C x) { must(x.dirty_erase("a")); }},
    {"events", [](C x) { must(x.events()); }},
  };
}

} // namespace

TEST_CASE("a call of ets that consists of others is one span", "[telemetry]") {
  check_calls<ets>(ets_options{}, table_calls<cache<int, ets>>());
}

TEST_CASE("a call of dets that consists of others is one span", "[telemetry]") {
  temporary_folder folder;
  auto table = table_calls<cache<int, dets>>();
  using C = const cache<int, dets>&;
  table.emplace_back("sync", [](C x) { must(x.sync()); });
  table.emplace_back("traverse", [](C x) {
    must(x.traverse([](const auto&, int) { return traversal<int>::next(); }));
  });
  check_calls<dets>(dets_options{.file_path = folder.path() + "/xs.dets"},
                    table);
}

TEST_CASE("a call of con_cache about locks is one span", "[telemetry]") {
  check_calls<con_cache>(con_cache_options{.dirty = false},
                         lock_calls<cache<int, con_cache>>());
}

TEST_CASE("a count that tells no number is one span", "[telemetry]") {
  using counts = cache<int, counter>;
  check_calls<counter>(counter_options{},
                       {{"count", [](const counts& x) { must(x.count("a")); }},
                        {"count_down",
                         [](const counts& x) { must(x.count_down("a")); }}});
}

TEST_CASE("calls that a user's function makes in another call have their spans",
          "[telemetry]") {
  world w{{cache_spec{.name = "xs"}}};
  auto xs = w.find<int>("xs");
  event_log log{w.system()};
  must(xs.update("a", [&](auto) {
    must(xs.get("b"));
    return 1;
  }));
  CHECK(log.names()
        == names{"update.start", "get.start", "get.miss", "get.stop",
                 "update.stop"});
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
