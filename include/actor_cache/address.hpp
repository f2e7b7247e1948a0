#pragma once

#include "actor_cache/types.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace actor_cache {

namespace detail {

class place;

} // namespace detail

/// The address of a supervised child, whichever actor runs it now: an actor, a
/// cache or a supervisor. Cheap to copy; stays good over restarts.
///
/// Thread safety: any number of threads may use one address.
class address {
public:
  /// Returns the address of the child with the path `path`: the names of the
  /// supervisors above it and its own id, with a '/' between two, e.g.
  /// "app/workers/mailer".
  /// @returns `errc::unknown_child`, naming the paths that there are
  static caf::expected<address> find(caf::actor_system& system,
                                     std::string_view path);

  /// Returns the actor that runs now. After a restart it is another one.
  /// @returns `errc::cache_not_running` where none does
  caf::expected<caf::actor> current() const;

  /// As `current`, but waits for an actor for up to `patience`. Blocks.
  /// @returns `errc::would_block` on a thread of CAF's scheduler
  caf::expected<caf::actor> current(timespan patience) const;

  /// Returns an actor that stands for all that will run: what it gets goes to
  /// the one that runs at that time, on the sender's thread, exit messages
  /// included. While none runs, requests are answered with
  /// `errc::cache_not_running`, or wait for up to `patience` first.
  ///
  /// `Handle` may be a typed actor that the child is known to be.
  template <class Handle = caf::actor>
  Handle actor(timespan patience = timespan{0}) const {
    return caf::actor_cast<Handle>(stand_in(patience));
  }

private:
  explicit address(std::shared_ptr<detail::place> at) : at_(std::move(at)) {
    // nop
  }

  caf::actor stand_in(timespan patience) const;

  std::shared_ptr<detail::place> at_;
};

} // namespace actor_cache
