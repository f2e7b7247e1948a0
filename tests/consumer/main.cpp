#include <actor_cache/actor_cache.hpp>
#include <actor_cache/json.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <cstdlib>
#include <iostream>

int main() {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto supervisor = actor_cache::start_supervisor(
    system, {actor_cache::cache_spec{.name = "documents"}});
  using documents = actor_cache::cache<nlohmann::json>;
  auto cache = documents::find(system, "documents");
  if (!cache) {
    std::cerr << actor_cache::message_of(cache.error()) << "\n";
    return EXIT_FAILURE;
  }
  auto answer = cache->get_or_create("answer", [] { return 42; });
  if (!answer) {
    std::cerr << actor_cache::message_of(answer.error()) << "\n";
    return EXIT_FAILURE;
  }
  std::cout << "the answer is " << *answer << "\n";
}
