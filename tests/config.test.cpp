#include "../adapters/nearest_name.hpp"

#include "support/configured_system.hpp"
#include "support/member_count.hpp"

#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/adapters/counter.hpp"
#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/ets.hpp"

#include <caf/config_value.hpp>
#include <caf/settings.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>

using namespace actor_cache;
using namespace actor_cache::test;

namespace {

/// Returns what the table of a running ets cache says about itself.
ets_details table_of_cache(configured_system& host, std::string_view name) {
  auto users = must(cache<int, ets>::find(host.system(), name));
  return must(users.info()).table.value();
}

/// Returns the one spec that the configuration has.
cache_spec only_cache(configured_system& host) {
  auto caches = must(caches_from_config(host.system()));
  REQUIRE(caches.size() == 1);
  return caches.front();
}

// -- an adapter of a user's, with an option of each type ----------------------

enum class mode : uint8_t { slow, fast };

constexpr std::array<std::string_view, 2> names_of(mode) {
  return {"slow", "fast"};
}

struct endpoint {
  std::string host = "localhost";
  uint16_t port = 1;

  static constexpr auto fields = std::tuple{
    field{"host", &endpoint::host},
    field{"port", &endpoint::port},
  };
};

struct probe_adapter_options {
  bool flag = false;
  int8_t small = 0;
  uint64_t large = 0;
  double ratio = 0.0;
  std::string text = {};
  timespan wait{1};
  ttl lifetime = infinite;
  mode speed = mode::slow;
  endpoint server = {};
  std::optional<timespan> limit = std::nullopt;
  std::vector<std::string> tags = {};
  std::vector<endpoint> nodes = {};
  std::vector<adapter_options> layers = {};
  adapter_options store = ets_options{};

  /// Where `make` tells what it was made with; not for configuration.
  std::shared_ptr<std::optional<probe_adapter_options>> seen = nullptr;

  caf::error validate() const {
    if (small >= 0)
      return {};
    return make_error(errc::invalid_argument,
                      "probe_adapter_options::small is below 0; accepted is 0 "
                      "or more");
  }

  adapter_ptr make(const adapter_context& context) const {
    if (seen)
      *seen = *this;
    return must(store.make(context));
  }

  static constexpr auto fields = std::tuple{
    field{"flag", &probe_adapter_options::flag},
    field{"small", &probe_adapter_options::small},
    field{"large", &probe_adapter_options::large},
    field{"ratio", &probe_adapter_options::ratio},
    field{"text", &probe_adapter_options::text},
    field{"wait", &probe_adapter_options::wait},
    field{"lifetime", &probe_adapter_options::lifetime},
    field{"speed", &probe_adapter_options::speed},
    field{"server", &probe_adapter_options::server},
    field{"limit", &probe_adapter_options::limit},
    field{"tags", &probe_adapter_options::tags},
    field{"nodes", &probe_adapter_options::nodes},
    field{"layers", &probe_adapter_options::layers},
    field{"store", &probe_adapter_options::store},
  };
};

/// An adapter that has an option which each cache has.
struct clashing_options : ets_options {
  timespan call_timeout{1};

  static constexpr auto fields = std::tuple{
    field{"call_timeout", &clashing_options::call_timeout},
  };
};

/// Registers the adapter above and returns where it tells what it got.
std::shared_ptr<std::optional<probe_adapter_options>>
register_probe(configured_system& host, probe_adapter_options defaults = {}) {
  auto seen = std::make_shared<std::optional<probe_adapter_options>>();
  defaults.seen = seen;
  REQUIRE(
    register_adapter(host.system(), "probe", std::move(defaults)).empty());
  return seen;
}

} // namespace

// -- where the values come from -----------------------------------------------

TEST_CASE("a command line makes a cache", "[config]") {
  configured_system host{{"--actor_cache.caches.users.adapter=ets",
                          "--actor_cache.caches.users.type=bag",
                          "--actor_cache.caches.users.shards=8",
                          "--actor_cache.caches.users.default_ttl=30s",
                          "--actor_cache.caches.users.loading.ttl=infinite",
                          "--actor_cache.caches.users.clean_restart=true"}};
  auto users = only_cache(host);
  CHECK(users.name == "users");
  CHECK(users.default_ttl == ttl{30s});
  CHECK(users.loading.ttl == ttl{infinite});
  CHECK(users.clean_restart);
  REQUIRE(host.start({users}).empty());
  CHECK(table_of_cache(host, "users").type == ets_type::bag);
  CHECK(table_of_cache(host, "users").shards == 8);
}

TEST_CASE("a file makes caches, with every option that a cache has",
          "[config]") {
  configured_system host{{}, R"(
    actor_cache.caches {
      users {
        adapter = "ets"
        type = "duplicate_bag"
        shards = 4
        write_concurrency = true
        read_concurrency = false
        decentralized_counters = false
        compressed = true
        rehydration_path = ""
        default_ttl = 10min
        sweep_interval = 250ms
        call_timeout = 2s
        clean_restart = true
        compression { level = 6, threshold = 64 }
        loading {
          ttl = 1h
          ttl_jitter = 0.25
          refresh_ahead = 1s
          stale_while_revalidate = 2s
          stale_if_error = 3s
          negative_ttl = 4s
          wait_timeout = 5s
          on_outage = "load"
        }
      }
      sessions { adapter = "agent" }
    })"};
  auto caches = must(caches_from_config(host.system()));
  REQUIRE(caches.size() == 2);
  CHECK(caches[0].name == "sessions");
  const auto& users = caches[1];
  CHECK(users.name == "users");
  CHECK(users.default_ttl == ttl{10min});
  CHECK(users.sweep_interval == 250ms);
  CHECK(users.call_timeout == 2s);
  CHECK(users.clean_restart);
  CHECK(users.compression.level == 6);
  CHECK(users.compression.threshold == 64);
  CHECK(users.loading.ttl == ttl{1h});
  CHECK(users.loading.ttl_jitter == 0.25);
  CHECK(users.loading.refresh_ahead == 1s);
  CHECK(users.loading.stale_while_revalidate == 2s);
  CHECK(users.loading.stale_if_error == 3s);
  CHECK(users.loading.negative_ttl == 4s);
  CHECK(users.loading.wait_timeout == 5s);
  CHECK(users.loading.on_outage == outage_policy::load);
  REQUIRE(host.start(caches).empty());
  auto table = table_of_cache(host, "users");
  CHECK(table.type == ets_type::duplicate_bag);
  CHECK(table.shards == 4);
  CHECK(table.compressed);
  auto sessions = must(cache<int>::find(host.system(), "sessions"));
  must(sessions.put("a", 1));
  CHECK(must(sessions.get("a")) == 1);
}

TEST_CASE("the command line overrides the file, option by option", "[config]") {
  configured_system host{{"--actor_cache.caches.users.shards=2",
                          "--actor_cache.caches.users.loading.ttl=2s"},
                         R"(actor_cache {
                              caches {
                                users {
                                  shards = 4
                                  type = "bag"
                                  loading { ttl = 1s, ttl_jitter = 0.5 }
                                }
                              }
                            })"};
  auto users = only_cache(host);
  CHECK(users.loading.ttl == ttl{2s});
  CHECK(users.loading.ttl_jitter == 0.5);
  REQUIRE(host.start({users}).empty());
  CHECK(table_of_cache(host, "users").shards == 2);
  CHECK(table_of_cache(host, "users").type == ets_type::bag);
}

TEST_CASE("keys of a file may be paths", "[config]") {
  configured_system host{{"--actor_cache.caches.users.default_ttl=2s"},
                         R"(# It's "a" comment { with.all = sorts, of }
                            caf.scheduler.max-throughput = 7
                            my_app.text = "a { b.c = 1"
                            my_app { ratios = [0.5, 1.5], uri = <a://b.c:1/d?e=f#g> }
                            actor_cache.caches.users.adapter = "ets"
                            actor_cache.caches.users.shards = 8
                            actor_cache.caches.users.default_ttl = 1s
                            actor_cache.caches {
                              users.type = "bag" # "
                              users { loading.ttl_jitter = 0.5, clean_restart = true }
                              "eu.users" { loading.ttl = 5s }
                            }
                            )"};
  auto caches = must(caches_from_config(host.system()));
  REQUIRE(caches.size() == 2);
  const auto& settings = content(host.system().config());
  CHECK(caf::get_as<int>(settings, "caf.scheduler.max-throughput") == 7);
  CHECK(caf::get_as<std::string>(settings, "my_app.text") == "a { b.c = 1");
  CHECK(caf::get_as<std::vector<double>>(settings, "my_app.ratios")
        == std::vector{0.5, 1.5});
  CHECK(caches[0].name == "eu.users");
  CHECK(caches[0].loading.ttl == ttl{5s});
  const auto& users = caches[1];
  CHECK(users.default_ttl == ttl{2s});
  CHECK(users.loading.ttl_jitter == 0.5);
  CHECK(users.clean_restart);
  REQUIRE(host.start(caches).empty());
  CHECK(table_of_cache(host, "users").shards == 8);
  CHECK(table_of_cache(host, "users").type == ets_type::bag);
}

TEST_CASE("an empty configuration has no caches", "[config]") {
  configured_system host{{}};
  CHECK(must(caches_from_config(host.system())).empty());
}

TEST_CASE("what a group does not set is as the structs have it", "[config]") {
  configured_system host{{}, "actor_cache.caches.users { }"};
  auto users = only_cache(host);
  CHECK(users.default_ttl == cache_spec{}.default_ttl);
  CHECK(users.call_timeout == cache_spec{}.call_timeout);
  REQUIRE(host.start({users}).empty());
  CHECK(table_of_cache(host, "users").type == ets_options{}.type);
}

// -- ElixirCache's five forms -------------------------------------------------

namespace {

/// The "module" of {module, function, args}.
struct settings_of_app {
  static ets_options with_shards(size_t shards) {
    return {.shards = shards};
  }

  static ets_options standard() {
    return {.shards = 4};
  }
};

} // namespace

TEST_CASE("options come from code, functions and configuration alike",
          "[config]") {
  configured_system host{{}, R"(
    actor_cache.caches.users { adapter = "ets", shards = 4 }
    my_app.cache_opts { adapter = "ets", shards = 4 }
  )"};
  cache_spec users{.name = "users"};
  SECTION("a value: opts: [...]") {
    users.adapter = ets_options{.shards = 4};
  }
  SECTION("a function: opts: &fun/0") {
    users.adapter = &settings_of_app::standard;
  }
  SECTION("a function with arguments: opts: {module, function, args}") {
    users.adapter = [] { return settings_of_app::with_shards(4); };
  }
  SECTION("a function that may fail") {
    users.adapter = []() -> caf::expected<ets_options> {
      return ets_options{.shards = 4};
    };
  }
  SECTION("a function that sees which cache it is for") {
    users.adapter = [](const adapter_context& context) {
      return ets_options{.shards = context.cache_name == "users" ? 4u : 2u};
    };
  }
  SECTION("the group of the cache: opts: :app") {
    users.adapter = from_config{};
  }
  SECTION("any group: opts: {:app, :key}") {
    users.adapter = from_config{"my_app.cache_opts"};
  }
  SECTION("a function that says where to look") {
    users.adapter = [] { return from_config{"my_app.cache_opts"}; };
  }
  auto err = host.start({users});
  INFO(to_string(err));
  REQUIRE(err.empty());
  CHECK(table_of_cache(host, "users").shards == 4);
}

TEST_CASE("a path of the user's own can be set on the command line",
          "[config]") {
  configured_system host{{"--my_app.cache_opts.adapter=ets",
                          "--my_app.cache_opts.shards=2"},
                         "",
                         "my_app"};
  cache_spec users{
    .name = "users",
    .adapter = from_config{"my_app.cache_opts"},
  };
  REQUIRE(host.start({users}).empty());
  CHECK(table_of_cache(host, "users").shards == 2);
}

TEST_CASE("a cache that is to be read from a group needs that group",
          "[config]") {
  configured_system host{{}};
  CHECK(message_of(host.start({{.name = "users", .adapter = from_config{}}}))
        == "the configuration has no actor_cache.caches.users, which the "
           "adapter of cache 'users' is to be read from");
  CHECK(message_of(host.start(
          {{.name = "users", .adapter = from_config{"my_app.opts"}}}))
        == "the configuration has no my_app.opts, which the adapter of cache "
           "'users' is to be read from");
}

TEST_CASE("from_config does not overlook options of the cache", "[config]") {
  configured_system host{{"--actor_cache.caches.users.default_ttl=1s"}};
  CHECK(message_of(host.start({{.name = "users", .adapter = from_config{}}}))
        == "actor_cache.caches.users.default_ttl: an option of the cache, "
           "where from_config reads those of its adapter; use "
           "configured(system, spec), or caches_from_config(system)");
}

TEST_CASE("a function that throws makes the start fail", "[config]") {
  configured_system host{{}};
  auto throws = []() -> ets_options { throw std::runtime_error("no options"); };
  auto err = host.start({{.name = "users", .adapter = throws}});
  CHECK(err == errc::exception);
  CHECK(message_of(err)
        == "the function that returns the adapter's options threw: no options");
}

// -- values in code that configuration overrides ------------------------------

TEST_CASE("configuration overrides a spec in code", "[config]") {
  cache_spec defaults{
    .name = "users",
    .adapter = ets_options{.type = ets_type::bag, .shards = 4},
    .default_ttl = 1min,
    .call_timeout = 1s,
  };
  SECTION("option by option, of the cache and of its adapter") {
    configured_system host{{"--actor_cache.caches.users.default_ttl=2min",
                            "--actor_cache.caches.users.shards=8"}};
    auto users = must(configured(host.system(), defaults));
    CHECK(users.default_ttl == ttl{2min});
    CHECK(users.call_timeout == 1s);
    REQUIRE(host.start({users}).empty());
    CHECK(table_of_cache(host, "users").shards == 8);
    CHECK(table_of_cache(host, "users").type == ets_type::bag);
  }
  SECTION("another adapter starts from its own defaults") {
    configured_system host{{"--actor_cache.caches.users.adapter=ets",
                            "--actor_cache.caches.users.shards=8"}};
    REQUIRE(host.start({must(configured(host.system(), defaults))}).empty());
    CHECK(table_of_cache(host, "users").shards == 8);
    CHECK(table_of_cache(host, "users").type == ets_type::set);
  }
  SECTION("a function gives the options that configuration overrides") {
    defaults.adapter = [] { return ets_options{.type = ets_type::bag}; };
    configured_system host{{"--actor_cache.caches.users.shards=8"}};
    REQUIRE(host.start({must(configured(host.system(), defaults))}).empty());
    CHECK(table_of_cache(host, "users").shards == 8);
    CHECK(table_of_cache(host, "users").type == ets_type::bag);
  }
  SECTION("a function runs at the start where its options stay as they are") {
    int calls = 0;
    defaults.adapter = [&calls] {
      ++calls;
      return ets_options{};
    };
    configured_system host{{"--actor_cache.caches.users.default_ttl=2min"}};
    auto users = must(configured(host.system(), defaults));
    CHECK(calls == 0);
    REQUIRE(host.start({users}).empty());
    CHECK(calls == 1);
  }
  SECTION("nothing, where it has no such group") {
    configured_system host{{"--actor_cache.caches.others.shards=8"}};
    auto users = must(configured(host.system(), defaults));
    CHECK(users.default_ttl == ttl{1min});
    REQUIRE(host.start({users}).empty());
    CHECK(table_of_cache(host, "users").shards == 4);
  }
}

TEST_CASE("names with dots are found in groups and as one key", "[config]") {
  SECTION("on the command line") {
    configured_system host{{"--actor_cache.caches.eu.users.shards=8"}};
    REQUIRE(host.start({must(configured(host.system(), {.name = "eu.users"}))})
              .empty());
    CHECK(table_of_cache(host, "eu.users").shards == 8);
  }
  SECTION("in a file") {
    configured_system host{
      {}, "actor_cache { caches { \"eu.users\" = { shards = 8 } } }"};
    REQUIRE(host.start({only_cache(host)}).empty());
    CHECK(table_of_cache(host, "eu.users").shards == 8);
  }
}

// -- what is refused ----------------------------------------------------------

TEST_CASE("what is wrong in the configuration is refused by its full path",
          "[config]") {
  struct sample {
    std::string file;
    std::string message;
  };
  const std::string of_ets
    = "adapter, default_ttl, sandbox, loading, compression, sweep_interval, "
      "call_timeout, clean_restart, provenance, type, shards, "
      "write_concurrency, "
      "read_concurrency, decentralized_counters, compressed, rehydration_path";
  const std::string span
    = "a span of time: a whole number with ns, us, ms, s, min or h";
  const sample samples[] = {
    // Names that are not known.
    {"users { shard = 4 }", "users.shard: unknown option; did you mean "
                            "'shards'? known options: "
                              + of_ets},
    {"users { ttl = 4s }", "users.ttl: unknown option; did you mean "
                           "'default_ttl'? known options: "
                             + of_ets},
    {"users { adapter = \"agent\", shards = 4 }",
     "users.shards: unknown option; did you mean 'sandbox'? known options: "
     "adapter, default_ttl, sandbox, loading, compression, sweep_interval, "
     "call_timeout, clean_restart, provenance"},
    {"users { compression { levle = 4 } }",
     "users.compression.levle: unknown option; did you mean 'level'? known "
     "options: level, threshold"},
    {"users { adapter = \"est\" }",
     "users.adapter is \"est\", which is no adapter; did you mean 'ets'? "
     "known adapters: agent, con_cache, counter, dets, ets, persistent_term, "
     "redis"},
    // Values of the wrong type.
    {"users { shards = \"many\" }",
     "users.shards is \"many\"; accepted is an integer from 0 on"},
    {"users { shards = -1 }",
     "users.shards is -1; accepted is an integer from 0 on"},
    {"users { shards = 1.5 }",
     "users.shards is 1.5; accepted is an integer from 0 on"},
    {"users { compression { level = 9999999999 } }",
     "users.compression.level is 9999999999; accepted is an integer from "
     "-2147483648 to 2147483647"},
    {"users { compressed = 1 }",
     "users.compressed is 1; accepted is true or false"},
    {"users { type = \"ordered_set\" }",
     "users.type is \"ordered_set\"; accepted is \"set\" or \"bag\" or "
     "\"duplicate_bag\""},
    {"users { rehydration_path = 5 }",
     "users.rehydration_path is 5; accepted is text in quotation marks"},
    {"users { sweep_interval = 5 }",
     "users.sweep_interval is 5; accepted is " + span},
    {"users { default_ttl = \"never\" }",
     "users.default_ttl is \"never\"; accepted is \"infinite\" or " + span},
    {"users { loading { ttl_jitter = \"some\" } }",
     "users.loading.ttl_jitter is \"some\"; accepted is a number"},
    {"users { adapter = 1 }",
     "users.adapter is 1; accepted is text in quotation marks"},
    {"users { loading = 1s }",
     "users.loading is 1s; accepted is a group of options, "
     "{ name = value, ... }"},
    {"users = 1",
     "users is 1; accepted is a group of options, { name = value, ... }"},
    // Values out of range, which `validate` knows.
    {"users { shards = 3 }",
     "users.shards is 3; accepted is 0 or a power of two up to 65536"},
    {"users { default_ttl = 0s }",
     "users.default_ttl is 0ns; accepted is any duration above 0, or "
     "actor_cache::infinite"},
    {"users { sweep_interval = 0s }",
     "users.sweep_interval of cache 'users' is 0ns; accepted is any duration "
     "above 0"},
    {"users { loading { ttl_jitter = 2.5 } }",
     "users.loading.ttl_jitter is 2.5; accepted is 0 to 1"},
    {"users { compression { level = 10 } }",
     "users.compression.level is 10: accepted are 0 (off) and 1 to 9 (on)"},
  };
  for (const auto& x : samples) {
    configured_system host{{}, "actor_cache { caches { " + x.file + " } }"};
    auto caches = caches_from_config(host.system());
    CHECK(code_of(caches) == errc::invalid_argument);
    CHECK(text_of(caches) == "actor_cache.caches." + x.message);
    auto users = configured(host.system(), {.name = "users"});
    CHECK(text_of(users) == "actor_cache.caches." + x.message);
  }
}

TEST_CASE("from_config names what is wrong when the cache starts", "[config]") {
  configured_system host{{}, R"(
    actor_cache.caches.users { shard = 4 }
    my_app.cache_opts { shards = 3 }
  )"};
  CHECK(message_of(host.start({{.name = "users", .adapter = from_config{}}}))
        == "actor_cache.caches.users.shard: unknown option; did you mean "
           "'shards'? known options: adapter, type, shards, "
           "write_concurrency, read_concurrency, decentralized_counters, "
           "compressed, rehydration_path");
  CHECK(message_of(host.start(
          {{.name = "users", .adapter = from_config{"my_app.cache_opts"}}}))
        == "my_app.cache_opts.shards is 3; accepted is 0 or a power of two up "
           "to 65536");
}

TEST_CASE("a misspelt group of the library is refused", "[config]") {
  configured_system host{{"--actor_cache.cachse.users.shards=4"}};
  CHECK(text_of(caches_from_config(host.system()))
        == "actor_cache.cachse: unknown option; did you mean 'caches'? known "
           "options: caches");
  configured_system other{{}, "actor_cache.caches = 5"};
  CHECK(text_of(caches_from_config(other.system()))
        == "actor_cache.caches is 5; accepted is a group of caches, "
           "{ name { ... } ... }");
}

TEST_CASE("the nearest name is the one that takes the fewest changes",
          "[config]") {
  using detail::edit_distance;
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("shrads", "shards") == 1);
  CHECK(edit_distance("ca", "abc") == 3);
  const std::string_view names[] = {"type", "shards", "default_ttl", "ttls"};
  CHECK(detail::nearest_name("shrad", names) == "shards");
  CHECK(detail::nearest_name("ttl", names) == "default_ttl");
  CHECK(detail::nearest_name("", names) == "type");
}

// -- adapters of users' own ---------------------------------------------------

TEST_CASE("configuration names an adapter of the user's, with typed options",
          "[config]") {
  configured_system host{{}, R"(
    actor_cache.caches.users {
      adapter = "probe"
      flag = true
      small = -0
      large = 9223372036854775807
      ratio = 0.5
      text = "some words"
      wait = 20ms
      lifetime = 1h
      speed = "fast"
      server { port = 65535 }
      limit = 3s
      tags = ["a", "b"]
      nodes = [{ host = "one" }, { host = "two", port = 2 }]
      layers = [{ adapter = "agent" }, { adapter = "ets", shards = 2 }]
      store { adapter = "ets", shards = 16 }
    })"};
  auto seen = register_probe(host);
  REQUIRE(host.start({only_cache(host)}).empty());
  REQUIRE(seen->has_value());
  const auto& got = **seen;
  CHECK(got.flag);
  CHECK(got.small == 0);
  CHECK(got.large == uint64_t{9223372036854775807});
  CHECK(got.ratio == 0.5);
  CHECK(got.text == "some words");
  CHECK(got.wait == 20ms);
  CHECK(got.lifetime == ttl{1h});
  CHECK(got.speed == mode::fast);
  CHECK(got.server.host == "localhost");
  CHECK(got.server.port == 65535);
  CHECK(got.limit == timespan{3s});
  CHECK(got.tags == std::vector<std::string>{"a", "b"});
  REQUIRE(got.nodes.size() == 2);
  CHECK(got.nodes[1].host == "two");
  CHECK(got.nodes[1].port == 2);
  CHECK(got.layers.size() == 2);
  CHECK(table_of_cache(host, "users").shards == 16);
  **seen = {}; // what was seen holds what saw it
}

TEST_CASE("the options of a user's adapter can be set on the command line",
          "[config]") {
  configured_system host{{"--actor_cache.caches.users.adapter=probe",
                          "--actor_cache.caches.users.small=127",
                          "--actor_cache.caches.users.server.port=80",
                          "--actor_cache.caches.users.tags=[\"a\", \"b\"]",
                          "--actor_cache.caches.users.text=5"}};
  auto seen = register_probe(host, {.ratio = 0.75, .text = "unset"});
  REQUIRE(host.start({only_cache(host)}).empty());
  REQUIRE(seen->has_value());
  CHECK((*seen)->small == 127);
  CHECK((*seen)->server.port == 80);
  CHECK((*seen)->tags == std::vector<std::string>{"a", "b"});
  CHECK((*seen)->text == "5");
  CHECK((*seen)->ratio == 0.75); // as it was registered
  **seen = {};
}

TEST_CASE("what is wrong with a user's adapter is refused by its full path",
          "[config]") {
  struct sample {
    std::string file;
    std::string message;
  };
  const sample samples[] = {
    {"small = 128", "small is 128; accepted is an integer from -128 to 127"},
    {"small = -1", "small is below 0; accepted is 0 or more"},
    {"server { port = 65536 }",
     "server.port is 65536; accepted is an integer from 0 to 65535"},
    {"nodes = [{}, { prot = 1 }]",
     "nodes[1].prot: unknown option; did you mean 'port'? known options: "
     "host, port"},
    {"tags = 5", "tags is 5; accepted is a list, [ ..., ... ]"},
    {"tags = [5]", "tags[0] is 5; accepted is text in quotation marks"},
    {"layers = [{ shards = 4 }]",
     "layers[0] is {shards = 4}; accepted is a group with the name of an "
     "adapter, { adapter = \"...\", ... }"},
    {"layers = [{ adapter = \"ets\", default_ttl = 4s }]",
     "layers[0].default_ttl: unknown option; did you mean 'adapter'? "
     "known options: adapter, type, shards, write_concurrency, "
     "read_concurrency, decentralized_counters, compressed, "
     "rehydration_path"},
    {"store { adapter = \"ets\", shards = 3 }",
     "store.shards is 3; accepted is 0 or a power of two up to 65536"},
  };
  for (const auto& x : samples) {
    configured_system host{{},
                           "actor_cache { caches { users { adapter = "
                           "\"probe\", "
                             + x.file + " } } }"};
    register_probe(host);
    CHECK(text_of(caches_from_config(host.system()))
          == "actor_cache.caches.users." + x.message);
  }
}

TEST_CASE("an adapter is registered once, without options of the cache",
          "[config]") {
  configured_system host{{}};
  CHECK(register_adapter<ets_options>(host.system(), "mine").empty());
  CHECK(register_adapter<agent_options>(host.system(), "mine")
        == errc::name_taken);
  CHECK(register_adapter<ets_options>(host.system(), "ets")
        == errc::name_taken);
  CHECK(
    message_of(register_adapter<clashing_options>(host.system(), "clashing"))
    == "adapter 'clashing' has an option 'call_timeout', as each cache "
       "has; its name must be another one");
}

// -- nothing is forgotten -----------------------------------------------------

namespace {

template <class T>
constexpr size_t field_count = std::tuple_size_v<decltype(T::fields)>;

/// What `cache_spec` has beside `fields`: the name, the adapter and the clock.
constexpr size_t not_in_fields = 3;

} // namespace

TEST_CASE("each member of an options struct can be configured", "[config]") {
  CHECK(field_count<ets_options> == member_count<ets_options>());
  CHECK(member_count<agent_options>() == 0);
  CHECK(field_count<load_options> == member_count<load_options>());
  CHECK(field_count<compression_options>
        == member_count<compression_options>());
  CHECK(field_count<cache_spec> + not_in_fields == member_count<cache_spec>());
}

// -- docs/configuration.md ----------------------------------------------------

namespace {

std::string document() {
  std::ifstream in{ACTOR_CACHE_CONFIGURATION_MD};
  std::stringstream result;
  result << in.rdbuf();
  REQUIRE(!result.str().empty());
  return result.str();
}

/// Returns what comes between `begin` and `end`.
std::string between(const std::string& text, const std::string& begin,
                    const std::string& end) {
  INFO("looking for: " << begin);
  auto from = text.find(begin);
  REQUIRE(from != std::string::npos);
  from += begin.size();
  auto to = text.find(end, from);
  return text.substr(from, to - from);
}

std::string in_table(bool x) {
  return fmt::format("| true or false | `{}` |", x);
}

template <std::integral T>
std::string in_table(T x) {
  return fmt::format("| integer | `{}` |", x);
}

std::string in_table(double x) {
  return fmt::format("| number | `{}` |", x);
}

std::string in_table(const std::string& x) {
  return fmt::format("| text | `\"{}\"` |", x);
}

std::string in_table(timespan x) {
  return fmt::format("| span | `{}` |", x == timespan{0} ? "0s" : render(x));
}

std::string in_table(ttl x) {
  return fmt::format("| lifetime | `{}` |",
                     x.is_infinite() ? "\"infinite\"" : to_string(x));
}

std::string in_table(const std::optional<ttl>& x) {
  return x ? in_table(*x) : "| lifetime | unset |";
}

std::string in_table(const std::optional<timespan>& x) {
  return x ? in_table(*x) : "| span | unset |";
}

template <class T>
  requires(std::is_enum_v<T>)
std::string in_table(T x) {
  std::string names;
  for (auto name : names_of(x))
    names += fmt::format("{}`\"{}\"`", names.empty() ? "" : ", ", name);
  return fmt::format("| {} | `\"{}\"` |", names,
                     names_of(x)[static_cast<size_t>(x)]);
}

std::string in_table(const std::vector<std::string>& xs) {
  REQUIRE(xs.empty());
  return "| list of texts | `[]` |";
}

/// Appends a row for each option of `x`, such as a table must have.
template <class T>
void append_rows(std::vector<std::string>& rows, const std::string& prefix,
                 const T& x) {
  auto append = [&](const auto& member) {
    const auto& value = x.*member.member;
    if constexpr (requires { value.fields; })
      append_rows(rows, fmt::format("{}{}.", prefix, member.name), value);
    else
      rows.push_back(
        fmt::format("| `{}{}` {}", prefix, member.name, in_table(value)));
  };
  std::apply([&](const auto&... members) { (append(members), ...); },
             T::fields);
}

/// Checks that the table below a heading has `rows`, one for each option of
/// `x`, and no others.
template <class T>
void check_table(const std::string& heading, const T& x,
                 std::vector<std::string> rows = {}) {
  append_rows(rows, "", x);
  auto section = between(document(), "\n## " + heading + "\n", "\n## ");
  size_t found = 0;
  for (auto at = section.find("\n| `"); at != std::string::npos;
       at = section.find("\n| `", at + 1))
    ++found;
  CHECK(found == rows.size());
  for (const auto& row : rows) {
    INFO("the table in '" << heading << "' lacks: " << row);
    CHECK(section.find("\n" + row) != std::string::npos);
  }
}

} // namespace

TEST_CASE("the tables of docs/configuration.md have all options and defaults",
          "[config]") {
  check_table("Options of each cache", cache_spec{},
              {"| `adapter` | the name of an adapter | `\"ets\"` |"});
  check_table("Options of `ets`", ets_options{});
  check_table("Options of `dets`", dets_options{});
  check_table("Options of `con_cache`", con_cache_options{});
  check_table("Options of `counter`", counter_options{});
  check_table("Options of `redis`", redis_options{});
}

TEST_CASE("the file that docs/configuration.md shows makes caches",
          "[config]") {
  configured_system host{{}, between(document(), "\n```conf\n", "\n```\n")};
  auto caches = caches_from_config(host.system());
  INFO((caches ? "" : message_of(caches.error())));
  REQUIRE(caches);
  CHECK(caches->size() == 2);
  CHECK(host.start(*caches).empty());
}
