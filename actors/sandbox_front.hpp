#pragma once

#include "actor_cache/detail/engine_hooks.hpp"

#include "tenant_directory.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/expected.hpp>

namespace actor_cache::detail {

/// Stands in for a sandboxed cache: the one place that decides which instance
/// a call or message reaches. Its own engine answers strangers, with an error.
///
/// Thread safety: all members may be called at the same time.
class sandbox_front final : public engine_hooks {
public:
  sandbox_front(std::shared_ptr<tenant_directory> directory, std::string cache);

  // -- the instance of a caller -----------------------------------------------

  /// Returns the engine for the caller on this thread; `self` where there is
  /// none.
  engine_ref route(engine& self) const;

  /// Returns the actor for the caller on this thread.
  caf::expected<caf::strong_actor_ptr> actor(engine& self) const;

  /// Returns the actor for a message from `sender`.
  caf::expected<caf::strong_actor_ptr>
  actor_for(engine& self, const caf::strong_actor_ptr& sender) const;

  // -- engine_hooks -----------------------------------------------------------

  caf::error admit() override;

  void note(counter which, std::string_view key) override;

  loader carry(loader load) override;

  sandbox_front* front() noexcept override;

private:
  const std::shared_ptr<tenant_directory> directory_;
  const std::string cache_;
};

} // namespace actor_cache::detail
