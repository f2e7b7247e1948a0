#pragma once

#include "actor_cache/adapter.hpp"

namespace actor_cache {

/// A table in memory for values that are read all the time and hardly ever
/// written, like Erlang's `persistent_term`: settings, routes, translations.
///
/// Reads write no cache line that threads share (up to 16 threads, which then
/// begin to), neither to look a value up nor to keep it alive, so they get
/// faster with each core. Values are replaced as a whole; whoever has one keeps
/// the old one. In return, a write costs a few microseconds and excludes all
/// other calls for that time, and each value that is no small number costs
/// about a kilobyte. Values that came as bytes, from another process, are
/// shared in the ordinary way.
///
/// Entries may expire, unlike Erlang's.
struct persistent_term_options {
  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;

  /// Returns the options for a sandbox: these.
  persistent_term_options stand_in() const;
};

} // namespace actor_cache
