#pragma once

#include "actor_cache/ets.hpp"
#include "actor_cache/sandbox.hpp"

#include "world.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace actor_cache::test {

/// Returns the spec of a sandboxed cache.
inline cache_spec sandboxed(std::string name,
                            adapter_options adapter = ets_options{}) {
  return {.name = std::move(name),
          .adapter = std::move(adapter),
          .sandbox = true};
}

/// A world with sandboxed caches of all kinds and a registry.
class sandbox_world : public world {
public:
  sandbox_world()
    : world({sandboxed("users"), sandboxed("sessions", agent_options{})}),
      registry(must(sandbox_registry::start(system()))) {
    // nop
  }

  sandbox_registry registry;
};

/// Checks that the message of an error has `what` in it.
inline void says(const caf::error& err, std::string_view what) {
  INFO(message_of(err));
  CHECK(message_of(err).find(what) != std::string::npos);
}

} // namespace actor_cache::test
