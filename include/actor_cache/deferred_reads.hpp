#pragma once

#include "actor_cache/entry.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace actor_cache {

/// Reads for which neither a thread nor a stack waits: for stores that suspend
/// calls (`adapter_traits::suspends`), so that the call which caches make most
/// costs a message and a reply and nothing in between.
///
/// Thread safety: any thread may call. Never blocks.
class deferred_reads {
public:
  static constexpr std::string_view capability_name = "deferred_reads";

  using real_time = std::chrono::steady_clock::time_point;

  /// Gets the answer to one read. One of its members is called, once, on any
  /// thread, maybe before `begin_get` returns. Destroyed without that, it tells
  /// the one who asked so.
  class reader {
  public:
    virtual ~reader() = default;

    /// Takes what `adapter::get` returns.
    virtual void answer(caf::expected<std::optional<entry>> found) = 0;

    /// Learns that it takes `adapter::get`, which may wait, to find that out.
    virtual void ask_again() = 0;
  };

  /// Begins to read `key`.
  /// @param began the time now
  /// @param deadline until when the answer has to be there
  virtual void begin_get(std::string_view key, time_point now, real_time began,
                         real_time deadline, std::unique_ptr<reader> whose)
    = 0;

protected:
  ~deferred_reads() = default;
};

} // namespace actor_cache
