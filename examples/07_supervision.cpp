// A tree of two supervisors and four caches that is drawn before, during and
// after crashes: of one actor, of a whole group, and of the inner supervisor.

#include "support/must.hpp"

#include <actor_cache/actor_cache.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace std::literals;

using examples::must;

using actor_cache::cache_spec;
using actor_cache::child_spec;
using actor_cache::child_state;

using counts = actor_cache::cache<int>;

/// Two caches that stand alone, and two that belong together: whenever one of
/// these goes down both start again, but not at once.
std::vector<child_spec> shop() {
  actor_cache::supervisor_spec sessions{
    {cache_spec{.name = "carts", .adapter = actor_cache::agent_options{}},
     cache_spec{.name = "visits"}},
    {.strategy = actor_cache::restart_strategy::one_for_all,
     .max_restarts = 2,
     .max_period = 1min,
     .backoff = {.initial = 500ms}}};
  return {cache_spec{.name = "products"},
          cache_spec{.name = "prices",
                     .adapter = actor_cache::ets_options{.compressed = true}},
          child_spec{"sessions", std::move(sessions)}};
}

class program {
public:
  explicit program(caf::actor_system& system)
    : system_(system),
      root_(
        must(actor_cache::start_supervisor(system, shop(), {.name = "shop"}))) {
    // nop
  }

  void run() {
    auto carts = must(counts::find(system_, "carts"));
    auto products = must(counts::find(system_, "products"));
    must(carts.put("ada", 3));
    must(products.put("tea", 12));
    draw("before");

    kill("shop/products");
    wait_until([&] { return child("products").restarts == 1; });
    draw("one crash later: a cache alone");
    fmt::print("products still has {} of tea\n", *must(products.get("tea")));

    crash_carts();
    draw("during the next one: a cache of a group");
    // The handle waits for as long as it is told to.
    auto patient = carts.waiting(5s);
    fmt::print("\ncarts still has {} of ada\n", *must(patient.get("ada")));
    draw("after it");

    for (int crash = 0; crash < 2; ++crash) {
      must(patient.get("ada"));
      crash_carts();
    }
    wait_until([&] { return child("sessions").restarts == 1; });
    draw("two more within a minute: the inner supervisor gave up");
    must(actor_cache::stop_supervisor(system_, root_));
  }

private:
  void draw(std::string_view when) {
    fmt::print("\n{}:\n{}", when,
               to_string(must(actor_cache::tree_of(system_, root_))));
  }

  void kill(std::string_view path) {
    auto at = must(actor_cache::address::find(system_, path));
    caf::anon_send_exit(must(at.current(5s)), caf::exit_reason::kill);
  }

  /// Returns while the cache is down or, on a machine so busy that it misses
  /// that, when it is back.
  void crash_carts() {
    auto before = inner("carts").restarts;
    kill("shop/sessions/carts");
    wait_until([&] {
      auto carts = inner("carts");
      return carts.state != child_state::running || carts.restarts != before;
    });
  }

  static actor_cache::child_info pick(const actor_cache::supervisor_info& x,
                                      std::string_view id) {
    auto i = std::find_if(x.children.begin(), x.children.end(),
                          [&](const auto& child) { return child.id == id; });
    return i != x.children.end() ? *i : actor_cache::child_info{};
  }

  actor_cache::child_info child(std::string_view id) {
    return pick(must(actor_cache::tree_of(system_, root_)).root, id);
  }

  actor_cache::child_info inner(std::string_view id) {
    auto tree = must(actor_cache::tree_of(system_, root_));
    return tree.below.empty() ? actor_cache::child_info{}
                              : pick(tree.below.front().root, id);
  }

  template <class Predicate>
  static void wait_until(Predicate done) {
    while (!done())
      std::this_thread::yield();
  }

  caf::actor_system& system_;
  actor_cache::supervisor_actor root_;
};

} // namespace

int main() {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    program{system}.run();
    return EXIT_SUCCESS;
  } catch (const std::exception& ex) {
    fmt::print(stderr, "{}\n", ex.what());
    return EXIT_FAILURE;
  }
}
