#pragma once

#include "actor_cache/results.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>

#include <cstdint>
#include <string>

// What this library's own actors tell one another.

namespace actor_cache::detail {

/// Tells the registry of the sandboxes that an actor has come to belong to one
/// or, without `actor`, that the one with this id does no longer.
struct tenancy_changed {
  caf::strong_actor_ptr actor;
  uint64_t id = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, tenancy_changed& x) {
    return f.object(x).fields(f.field("actor", x.actor), f.field("id", x.id));
  }
};

/// Tells a cache actor that a load is over for which it owes an answer.
struct landed {
  uint64_t promise = 0;
  lease value;
  caf::error failure;

  template <class Inspector>
  friend bool inspect(Inspector& f, landed& x) {
    return f.object(x).fields(f.field("promise", x.promise),
                              f.field("value", x.value),
                              f.field("failure", x.failure));
  }
};

/// Tells a cache actor that a call has thrown this, which is for it to end of.
struct call_threw {
  std::string what;

  template <class Inspector>
  friend bool inspect(Inspector& f, call_threw& x) {
    return f.object(x).fields(f.field("what", x.what));
  }
};

/// Tells an address that mail of its has waited for long enough.
struct parked_mail {
  template <class Inspector>
  friend bool inspect(Inspector& f, parked_mail& x) {
    return f.object(x).fields();
  }
};

} // namespace actor_cache::detail
