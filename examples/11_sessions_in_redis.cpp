// Sessions of a web application in Redis: each lives for half an hour after it
// was last used, on whichever machine that was. Takes the server's address.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/redis.hpp"

#include "support/must.hpp"

#include <caf/all.hpp>

#include <iostream>

using examples::must;
using namespace std::literals;

namespace {

struct session {
  std::string user;
  std::vector<std::string> cart;

  template <class Inspector>
  friend bool inspect(Inspector& f, session& x) {
    return f.object(x).fields(f.field("user", x.user), f.field("cart", x.cart));
  }
};

using sessions = actor_cache::cache<session, actor_cache::redis>;

constexpr auto lifetime = 30min;

void log_in(const sessions& xs, const std::string& id, std::string user) {
  must(xs.put(id, session{std::move(user), {}}, lifetime));
}

/// Adds to a cart as one step, even if two machines do so at once.
void add(const sessions& xs, const std::string& id, const std::string& item) {
  must(xs.update(
    id,
    [&](std::optional<session> x) {
      if (x)
        x->cart.push_back(item);
      return x;
    },
    lifetime));
}

void show(const sessions& xs, const std::string& id) {
  auto x = must(xs.get(id));
  std::cout << id << ": ";
  if (!x) {
    std::cout << "not logged in\n";
    return;
  }
  std::cout << x->user << " has " << x->cart.size() << " in the cart\n";
}

/// One machine of the application. All share the server.
class machine {
public:
  machine(caf::actor_system& system, const std::string& name,
          const std::string& uri)
    : system_(system),
      tree_(must(actor_cache::start_supervisor(
        system,
        {actor_cache::cache_spec{
          .name = name,
          .adapter = actor_cache::redis_options{.uri = uri,
                                                .key_prefix = "sessions"}}},
        {.name = "tree of " + name}))),
      sessions_(must(sessions::find(system, name))) {
    // nop
  }

  ~machine() {
    must(actor_cache::stop_supervisor(system_, tree_));
  }

  const sessions& operator*() const {
    return sessions_;
  }

private:
  caf::actor_system& system_;
  actor_cache::supervisor_actor tree_;
  sessions sessions_;
};

void run(caf::actor_system& system, const std::vector<std::string>& servers) {
  machine one{system, "one", servers.front()};
  machine two{system, "two", servers.front()};
  log_in(*one, "s1", "Ada");
  add(*one, "s1", "tea");
  add(*two, "s1", "cup");
  show(*two, "s1");
  auto left = must((*two).ttl_of("s1"));
  std::cout << "lives for up to half an hour: " << std::boolalpha
            << (left && left->span() > 29min && left->span() <= lifetime)
            << "\n";
  must((*two).erase("s1"));
  show(*one, "s1");
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: 11_sessions_in_redis redis://<host>:<port>\n";
    return 2;
  }
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    run(system, {argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& ex) {
    std::cerr << ex.what() << "\n";
    return 1;
  }
}
