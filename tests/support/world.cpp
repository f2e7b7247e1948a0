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

child_info world::child(std::string_view id) {
  for (auto& x : must(which_children(system(), supervisor_)))
    if (x.id == id)
      return x;
  fail(fmt::format("no child {}", id));
}

void world::crash(std::string_view id) {
  auto before = child(id);
  caf::anon_send_exit(before.actor, caf::exit_reason::kill);
  wait_until([&] {
    auto now = child(id);
    return now.restarts > before.restarts && now.actor != nullptr;
  });
}

} // namespace actor_cache::test
