#pragma once

#include "actor_cache/sandbox.hpp"
#include "actor_cache/supervisor.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace actor_cache::testing {

/// Returns what `x` holds; throws `std::runtime_error` with the error's message
/// where it holds one, which every test framework reports as a failure.
template <class T>
T require(caf::expected<T> x) {
  if (!x)
    throw std::runtime_error{message_of(x.error())};
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// The one line that gives a test caches of its own, in any test framework:
///
///     actor_cache::testing::sandboxed box{system, {"users", "sessions"}};
///
/// Belongs to the thread of the test and ends with its scope. Starts the
/// registry of the sandboxes if it does not run. Throws `std::runtime_error`
/// where a cache is not running or not sandboxed: frameworks report that.
class sandboxed : public sandbox_scope {
public:
  sandboxed(caf::actor_system& system, const std::vector<std::string>& caches,
            const sandbox_options& options = {})
    : sandbox_scope(require(
        require(sandbox_registry::start(system)).start_here(caches, options))) {
    // nop
  }

  /// The same for all sandboxed caches that a supervisor runs.
  sandboxed(caf::actor_system& system, const supervisor_actor& supervisor,
            const sandbox_options& options = {})
    : sandboxed(
        system,
        require(
          require(sandbox_registry::start(system)).from_supervisor(supervisor)),
        options) {
    // nop
  }
};

} // namespace actor_cache::testing
