#pragma once

#include "actor_cache/term.hpp"

namespace actor_cache::persistent_term_store {

/// Returns a term with the same object that threads can copy with `local_copy`
/// without sharing a cache line. Costs about a kilobyte; small values, which a
/// term holds without a box, and encoded ones come back as they are.
term spread(term value);

/// Returns a copy of a term that may be spread, which counts as a reference of
/// this thread. Its copies are counted together with it.
term local_copy(const term& value) noexcept;

} // namespace actor_cache::persistent_term_store
