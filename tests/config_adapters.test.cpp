#include "support/config_fixture.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace actor_cache;
using namespace actor_cache::test;

// Adapters of users' own, which configuration knows like the library's.

namespace {

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

/// An adapter with an option of each type.
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
