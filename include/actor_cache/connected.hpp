#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace actor_cache {

/// The connections of a store to its servers.
struct connection_counts {
  /// Connections that all callers share, and how many of them are up.
  size_t shared = 0;
  size_t shared_up = 0;

  /// Connections for one caller at a time that exist, how many of them are in
  /// use, and how many there may be.
  size_t exclusive = 0;
  size_t exclusive_in_use = 0;
  size_t exclusive_limit = 0;

  /// Shared connections made so far, the first ones included.
  uint64_t times_connected = 0;
};

/// What stores behind connections can say about these.
///
/// Thread safety: any thread may call. Never blocks on the network.
class connected {
public:
  static constexpr std::string_view capability_name = "connected";

  virtual connection_counts connections() const = 0;

protected:
  ~connected() = default;
};

/// Tells of one shared connection to a server.
struct connection_change {
  enum class kind : uint8_t { up, down };

  kind what;

  /// The server, as errors call it.
  std::string_view server;

  /// Why it is down; empty where the cache itself has ended it.
  std::string_view reason;
};

} // namespace actor_cache
