#include "support/config_fixture.hpp"

#include <caf/config_value.hpp>
#include <caf/settings.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// Where the options of caches come from.

// -- the command line and a file ----------------------------------------------

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

namespace {

/// An ets table that tells what it was made with.
struct watched_options : ets_options {
  std::shared_ptr<ets_options> seen = std::make_shared<ets_options>();

  adapter_ptr make(const adapter_context& context) const {
    *seen = *this;
    return ets_options::make(context);
  }
};

/// Checks that no option has its default: `x` is from a file that sets all.
template <class T>
void check_all_set(const T& x, const T& standard = {}) {
  auto check = [&](const auto& member) {
    const auto& value = x.*member.member;
    INFO("option: " << member.name);
    if constexpr (requires { value.fields; })
      check_all_set(value, standard.*member.member);
    else
      CHECK_FALSE(value == standard.*member.member);
  };
  std::apply([&](const auto&... members) { (check(members), ...); }, T::fields);
}

} // namespace

TEST_CASE("a file makes caches, with every option that a cache has",
          "[config]") {
  temporary_folder folder;
  configured_system host{{},
                         R"(
    actor_cache.caches {
      users {
        adapter = "watched"
        type = "duplicate_bag"
        shards = 1
        write_concurrency = false
        read_concurrency = false
        decentralized_counters = false
        compressed = true
        rehydration_path = ")"
                           + folder.path() + R"("
        default_ttl = 10min
        sandbox = true
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
        provenance { keys = 12, writes = true }
      }
      sessions { adapter = "agent" }
    })"};
  watched_options watched;
  REQUIRE(register_adapter(host.system(), "watched", watched).empty());
  auto caches = must(caches_from_config(host.system()));
  REQUIRE(caches.size() == 2);
  CHECK(caches[0].name == "sessions");
  auto& users = caches[1];
  CHECK(users.name == "users");
  check_all_set(users);
  CHECK(users.default_ttl == ttl{10min});
  CHECK(users.sandbox);
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
  CHECK(users.provenance.keys == 12);
  CHECK(users.provenance.writes);
  users.sandbox = false; // in which its adapter would not be made
  REQUIRE(host.start(caches).empty());
  const auto& table = *watched.seen;
  check_all_set(table);
  CHECK(table.type == ets_type::duplicate_bag);
  CHECK(table.shards == 1);
  CHECK_FALSE(table.write_concurrency);
  CHECK_FALSE(table.read_concurrency);
  CHECK_FALSE(table.decentralized_counters);
  CHECK(table.compressed);
  CHECK(table.rehydration_path == folder.path());
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
