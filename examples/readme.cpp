#include "actor_cache/actor_cache.hpp"
#include "actor_cache/id_block.hpp"
#include <caf/all.hpp>
#include <iostream>

std::string load_greeting() {
  std::cout << "loading\n"; // from a database, a service, a file
  return "Hello, cache!";
}

void caf_main(caf::actor_system& system) {
  actor_cache::cache_spec spec{.name = "greetings",
                               .default_ttl = std::chrono::minutes{10}};
  auto supervisor = actor_cache::start_supervisor(system, {spec});
  auto cache = actor_cache::cache<std::string>::find(system, "greetings");
  if (!cache) {
    std::cerr << actor_cache::message_of(cache.error()) << "\n";
    return;
  }
  for (auto i = 0; i < 3; ++i)
    if (auto greeting = cache->get_or_create("en", load_greeting))
      std::cout << *greeting << "\n";
}

CAF_MAIN(caf::id_block::actor_cache)
