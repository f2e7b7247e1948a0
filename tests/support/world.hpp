#pragma once

#include "actor_cache/actor_cache.hpp"

#include "manual_clock.hpp"
#include "must.hpp"
#include "threads.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace actor_cache::test {

using namespace std::literals;

/// An actor system with a clock that the test drives, and a supervisor.
class world {
public:
  world();

  explicit world(std::vector<child_spec> children);

  ~world();

  caf::actor_system& system() noexcept {
    return *system_;
  }

  const supervisor_actor& supervisor() const noexcept {
    return supervisor_;
  }

  const std::shared_ptr<manual_clock>& clock() const noexcept {
    return clock_;
  }

  /// Returns `spec` with the clock of the test.
  cache_spec timed(cache_spec spec) const;

  /// Starts the children under a supervisor.
  void start(std::vector<child_spec> children);

  void stop();

  /// Returns a handle to a cache that must be there.
  template <class V>
  cache<V> find(std::string_view name) {
    return must(cache<V>::find(system(), name));
  }

  /// Returns what the supervisor says about a child that must be there.
  child_info child(std::string_view id);

  /// Kills the actor of a child and waits until another one runs in its place.
  void crash(std::string_view id);

private:
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>();
  supervisor_actor supervisor_;
};

/// Calls `done` until it returns true; the test's own timeout is the limit.
/// Soon leaves the processor to those who make it true.
template <class Predicate>
void wait_until(Predicate done) {
  for (int tries = 0; !done(); ++tries)
    if (tries < 100)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(200us);
}

/// Kills the actor behind a handle to a sandboxed cache and waits until the
/// handle leads to another one.
template <class V>
void crash_actor(const cache<V>& xs) {
  auto before = must(xs.actor());
  caf::anon_send_exit(before, caf::exit_reason::kill);
  wait_until([&] { return must(xs.actor()) != before; });
}

} // namespace actor_cache::test
