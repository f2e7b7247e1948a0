#include "actor_cache/con_cache.hpp"
#include "actor_cache/counter.hpp"
#include "actor_cache/dets.hpp"
#include "actor_cache/ets.hpp"

#include "support/event_log.hpp"
#include "support/temporary_folder.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// What calls tell that consist of others.

namespace {

using names = std::vector<std::string>;

/// A call of a user's, by the name that its span has.
template <class Cache>
using named_call = std::pair<std::string, std::function<void(const Cache&)>>;

constexpr auto all = match::any;

/// @param path of a file that the calls may make
template <class Cache>
std::vector<named_call<Cache>> table_calls(const std::string& path) {
  using C = const Cache&;
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
    {"save_snapshot", [=](C x) { must(x.save_snapshot(path)); }},
    {"load_snapshot", [=](C x) { must(x.load_snapshot(path)); }},
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
  temporary_folder folder;
  check_calls<ets>(ets_options{},
                   table_calls<cache<int, ets>>(folder.path() + "/snapshot"));
}

TEST_CASE("a call of dets that consists of others is one span", "[telemetry]") {
  temporary_folder folder;
  auto table = table_calls<cache<int, dets>>(folder.path() + "/snapshot");
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
