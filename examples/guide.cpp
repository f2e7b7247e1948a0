// The code of docs/guide.md. A test compares each block there with this file.

#include "actor_cache/actor_cache.hpp"

#include "support/mail.hpp"
#include "support/must.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

struct user {
  std::string name;
  int visits = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, user& x) {
    return f.object(x).fields(f.field("name", x.name),
                              f.field("visits", x.visits));
  }
};

namespace {

using examples::must;

user load_from_database() {
  return {"Ada", 0};
}

void start(caf::actor_system& system) {
  using namespace actor_cache;
  cache_spec users{
    .name = "users",
    .adapter = ets_options{},
    .default_ttl = 10min,
  };
  cache_spec sessions{.name = "sessions", .adapter = agent_options{}};
  auto supervisor = start_supervisor(system, {users, sessions});
  if (!supervisor)
    std::cerr << message_of(supervisor.error()) << "\n";
}

void find(caf::actor_system& system) {
  auto users = actor_cache::cache<user>::find(system, "users");
  if (!users) {
    std::cerr << actor_cache::message_of(users.error()) << "\n";
    return;
  }
}

void read_and_write(const actor_cache::cache<user>& users) {
  users.put("user:1", user{"Ada"});
  auto found = users.get("user:1");
  if (!found)
    std::cerr << actor_cache::message_of(found.error()) << "\n";
  else if (*found)
    std::cout << (*found)->name << "\n";
  else
    std::cout << "a miss\n";
}

void change(const actor_cache::cache<user>& users) {
  users.update("user:1", [](std::optional<user> current) {
    auto next = current.value_or(user{"somebody"});
    ++next.visits;
    return next;
  });
  if (auto seen = users.get_versioned("user:1"); seen && *seen) {
    auto next = (*seen)->value;
    next.name = "Ada Lovelace";
    auto written = users.put_if("user:1", next, (*seen)->version);
    if (written == actor_cache::errc::version_conflict)
      std::cout << "somebody else was faster\n";
  }
}

void lifetimes(const actor_cache::cache<user>& users) {
  users.put("user:2", user{"Grace"});                         // the cache's
  users.put("user:3", user{"Alan"}, 1500ms);                  // its own
  users.put("user:4", user{"Edsger"}, actor_cache::infinite); // no end
  users.touch("user:2", 1h);
  users.persist("user:3");
  auto left = users.ttl_of("user:2"); // a lifetime, or nullopt on a miss
  if (left && *left)
    std::cout << "user:2 lives for " << to_string(**left) << "\n";
}

void load(const actor_cache::cache<user>& users) {
  actor_cache::load_options options{
    .ttl = 5min,
    .ttl_jitter = 0.1,
    .refresh_ahead = 30s,
    .stale_while_revalidate = 1min,
    .stale_if_error = 1h,
    .negative_ttl = 2s,
  };
  auto found = users.get_or_create("user:5", load_from_database, options);
  if (found)
    std::cout << "loaded " << found->name << "\n";
}

void scan(const actor_cache::cache<user>& users) {
  users.for_each([](const std::string& key, const user& value) {
    std::cout << key << " is " << value.name << "\n";
  });
}

caf::behavior database() {
  return {
    [](const std::string&) { return load_from_database().name; },
  };
}

class greeter_state {
public:
  greeter_state(caf::event_based_actor* self, actor_cache::cache<user> users,
                caf::actor database)
    : self_(self), users_(std::move(users)), database_(std::move(database)) {
    // nop
  }

  caf::behavior make_behavior() {
    return {
      [this](const std::string& key) {
        greet(key);
        greet_known(key);
      },
    };
  }

private:
  void greet(const std::string& key) {
    users_.async(self_).get(key).then(
      [](const std::optional<user>& found) {
        std::cout << "hello, " << (found ? found->name : "stranger") << "\n";
      },
      [](const caf::error& reason) {
        std::cerr << actor_cache::message_of(reason) << "\n";
      });
  }

  void greet_known(const std::string& key) {
    using examples::ask;
    auto load = [this, key](actor_cache::load_promise<user> loaded) {
      ask(self_, database_, 5s, key)
        .then([loaded](const std::string& name) { loaded.deliver(user{name}); },
              [loaded](caf::error& reason) { loaded.deliver(reason); });
    };
    users_.async(self_).get_or_create(key, load).then([](const user& found) {
      std::cout << "hello again, " << found.name << "\n";
    });
  }

  caf::event_based_actor* self_;
  actor_cache::cache<user> users_;
  caf::actor database_;
};

void send_messages(caf::actor_system& system,
                   const actor_cache::cache<user>& users) {
  auto actor = must(users.actor());
  caf::scoped_actor self{system};
  using examples::ask;
  using namespace actor_cache;
  ask(self, actor, 5s, msg::put{"user:1", term::of(user{"Ada"}), 10min})
    .receive([] { std::cout << "stored\n"; },
             [](const caf::error& reason) { std::cerr << message_of(reason); });
  ask(self, actor, 5s, msg::get{"user:1"})
    .receive(
      [](const std::optional<term>& found) {
        if (auto value = found ? found->as<user>() : user{"nobody"})
          std::cout << value->name << "\n";
      },
      [](const caf::error& reason) { std::cerr << message_of(reason); });
}

} // namespace

int main() {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    start(system);
    find(system);
    auto users = must(actor_cache::cache<user>::find(system, "users"));
    read_and_write(users);
    change(users);
    lifetimes(users);
    load(users);
    scan(users);
    send_messages(system, users);
    caf::scoped_actor self{system};
    auto greeter = self->spawn<caf::stateful_actor<greeter_state>>(
      users, self->spawn(database));
    examples::ask(self, greeter, 5s, std::string{"user:6"})
      .receive([] {}, [](const caf::error&) {});
  } catch (const std::exception& ex) {
    std::cerr << "guide: " << ex.what() << "\n";
    return EXIT_FAILURE;
  }
}
