// Caches that the command line or a file describes, and not the program.
//
// usage: 06_configuration [--config-file=<file>]
//          [--actor_cache.caches.<name>.<option>=<value>]...

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/id_block.hpp"

#include <caf/all.hpp>

#include <iostream>

namespace {

struct config : caf::actor_system_config {
  caf::error parse(int argc, char** argv) {
    if (auto err = actor_cache::prepare_config(*this, argc, argv); !err.empty())
      return err;
    return caf::actor_system_config::parse(argc, argv);
  }
};

/// Stores and reads one entry, and says how long it lives.
void use(caf::actor_system& system, const std::string& name) {
  auto cache = actor_cache::cache<int>::find(system, name);
  if (!cache || !cache->put("answer", 42))
    return;
  auto answer = cache->get("answer");
  auto left = cache->ttl_of("answer");
  if (answer && *answer && left && *left)
    std::cout << name << ": " << **answer
              << ((*left)->is_infinite() ? ", for ever\n" : ", for a while\n");
}

void caf_main(caf::actor_system& system, const config&) {
  auto caches = actor_cache::caches_from_config(system);
  if (!caches) {
    std::cerr << actor_cache::message_of(caches.error()) << "\n";
    return;
  }
  auto supervisor
    = actor_cache::start_supervisor(system, {caches->begin(), caches->end()});
  if (!supervisor) {
    std::cerr << actor_cache::message_of(supervisor.error()) << "\n";
    return;
  }
  for (const auto& spec : *caches)
    use(system, spec.name);
}

} // namespace

CAF_MAIN(caf::id_block::actor_cache)
