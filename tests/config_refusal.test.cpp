#include "../adapters/nearest_name.hpp"

#include "support/config_fixture.hpp"

#include <string>
#include <string_view>

using namespace actor_cache;
using namespace actor_cache::test;

// What is wrong in the configuration, and how that is told.

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
