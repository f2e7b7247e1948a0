// Values of any type: structs that cereal or CAF can take apart, and JSON.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/json.hpp"

#include "support/must.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <vector>

// Not in an unnamed namespace: the name of a type is a part of what is encoded.

/// A struct with what CAF needs to send it.
struct address {
  std::string street;
  std::string city;

  template <class Inspector>
  friend bool inspect(Inspector& f, address& x) {
    return f.object(x).fields(f.field("street", x.street),
                              f.field("city", x.city));
  }
};

/// A struct with what cereal needs to save and load it. One of the two is
/// enough, and they mix.
struct user {
  std::string name;
  std::optional<address> home;
  std::vector<std::string> roles;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, home, roles);
  }
};

namespace {

using namespace examples;

using nlohmann::json;

void structs(caf::actor_system& system) {
  auto users = must(actor_cache::cache<user>::find(system, "users"));
  must(users.put(
    "user:1", {"Ada", address{"St James's Square 12", "London"}, {"admin"}}));
  must(users.update("user:1", [](std::optional<user> x) {
    auto next = x.value_or(user{"nobody", {}, {}});
    next.roles.push_back("author");
    return next;
  }));
  // A view is the stored object itself: nothing is copied.
  auto ada = must(users.get_view("user:1")).value();
  fmt::print("{} of {} is {}\n", ada->name, ada->home->city,
             fmt::join(ada->roles, " and "));
  // In memory it stays an object. Stores that keep bytes, and messages to other
  // processes, have it encoded:
  auto bytes = must(actor_cache::encode(*ada));
  auto again = must(actor_cache::decode<user>(bytes));
  fmt::print("{} is {} bytes long and comes back as {}\n", ada->name,
             bytes.size(), again.name);
}

void documents(caf::actor_system& system) {
  auto orders = must(actor_cache::cache<json>::find(system, "orders"));
  must(orders.put("order:7", json::parse(R"({
    "customer": "user:1",
    "lines": [{"item": "card deck", "count": 2}]
  })")));
  auto order = must(orders.update("order:7", [](std::optional<json> x) {
    auto next = x.value_or(json::object());
    next["lines"].push_back({{"item", "gear wheel"}, {"count", 40}});
    return next;
  }));
  fmt::print("order:7 is {}\n", order.dump());
  // Null is a value; a miss is something else.
  must(orders.put("order:8", nullptr));
  fmt::print("order:8 is {}, order:9 is {}\n",
             must(orders.get("order:8"))->dump(),
             must(orders.get("order:9")) ? "there" : "a miss");
}

void mistakes(caf::actor_system& system) {
  // A handle asks for the type that it wants; another one is an error, and the
  // entry stays as it is.
  auto numbers = must(actor_cache::cache<int>::find(system, "users"));
  auto wrong = numbers.get("user:1");
  fmt::print("{}: {}\n", to_string(actor_cache::errc::type_mismatch),
             wrong == actor_cache::errc::type_mismatch
               ? actor_cache::message_of(wrong.error())
               : "no error?");
}

} // namespace

int main() {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    auto supervisor = must(actor_cache::start_supervisor(
      system, {actor_cache::cache_spec{.name = "users"},
               actor_cache::cache_spec{.name = "orders"}}));
    structs(system);
    documents(system);
    mistakes(system);
  } catch (const std::exception& ex) {
    fmt::print(stderr, "02_structs_and_json: {}\n", ex.what());
    return EXIT_FAILURE;
  }
}
