#include "world.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

namespace actor_cache::test {

world::world() {
  config_.set("caf.scheduler.max-threads", 2);
  system_ = std::make_unique<caf::actor_system>(config_);
}

world::world(std::vector<child_spec> children) : world() {
  start(std::move(children));
}

world::~world() {
  stop();
}

cache_spec world::timed(cache_spec spec) const {
  spec.clock = clock_;
  return spec;
}

void world::start(std::vector<child_spec> children) {
  supervisor_ = must(start_supervisor(system(), std::move(children)));
}

void world::stop() {
  if (supervisor_)
    must(stop_supervisor(system(), supervisor_));
  supervisor_ = nullptr;
}

void world::crash(std::string_view name) {
  auto handle = find<int>(name);
  auto victim = must(handle.actor());
  caf::scoped_actor self{system()};
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  self->wait_for(victim);
  wait_until([&] {
    auto current = handle.actor();
    return current && *current != victim;
  });
}

} // namespace actor_cache::test
