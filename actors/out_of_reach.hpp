#pragma once

#include "actor_cache/errc.hpp"

#include <caf/error.hpp>

namespace actor_cache::detail {

/// Tells whether a call of a store failed because nothing came back from it.
inline bool out_of_reach(const caf::error& err) {
  return err == errc::unavailable || err == errc::timeout;
}

} // namespace actor_cache::detail
