#pragma once

#include "actor_cache/adapters/redis.hpp"

#include <caf/expected.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace actor_cache::redis_wire {

/// Where a server listens.
struct address {
  /// A name, an IP address, or the path of a Unix domain socket.
  std::string host;
  uint16_t port = 0;

  bool is_path() const noexcept {
    return host.starts_with('/');
  }

  auto operator<=>(const address&) const = default;
};

/// Renders an address for people: "host:port", "[::1]:port" or the path.
std::string to_string(const address& x);

/// Parses "host:port", "[::1]:port" or "host".
caf::expected<address> parse_address(std::string_view text);

/// Who logs in, and where to.
struct login {
  std::string username;
  std::string password;
  uint32_t database = 0;
};

/// What a URI says.
struct target {
  address at;
  login as;
  bool tls = false;
};

/// Parses `redis://`, `rediss://` and `unix://`. Errors never show the
/// password.
caf::expected<target> parse_uri(std::string_view uri);

/// Returns what `options` say, by their URI or without.
caf::expected<target> target_of(const redis_options& options);

} // namespace actor_cache::redis_wire
