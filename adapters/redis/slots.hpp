#pragma once

#include "address.hpp"

#include "actor_cache/redis_reply.hpp"

#include <caf/expected.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// The number of slots that the keys of a cluster are spread over.
inline constexpr size_t slot_count = 16384;

/// Returns the slot of `key`: only what is between the first { and the next }
/// counts, if anything is. (Redis Cluster specification, "Hash tags".)
uint16_t slot_of(std::string_view key) noexcept;

/// Which server has which slots.
struct slot_map {
  static constexpr uint16_t nobody = 0xFFFF;

  /// The primaries.
  std::vector<address> servers;

  /// For each slot an index in `servers`, or `nobody`.
  std::array<uint16_t, slot_count> owners;
};

/// Reads the reply to CLUSTER SLOTS; a server that does not know its own name
/// is the one `asked`.
caf::expected<slot_map> parse_slots(const redis_reply& reply,
                                    const address& asked);

/// Where a server says that a key is.
struct redirection {
  uint16_t slot = 0;
  address to;

  /// Whether only this one command is to go there.
  bool once = false;
};

/// Reads an error that begins with MOVED or ASK; nothing for others.
std::optional<redirection> parse_redirection(const redis_reply& reply,
                                             const address& asked);

} // namespace actor_cache::redis_wire
