#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/redis_stand_in.hpp"
#include "actor_cache/field.hpp"
#include "actor_cache/types.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace actor_cache {

/// What is behind the addresses of a `redis_options`.
enum class redis_topology : uint8_t {
  /// One server.
  standalone,
  /// A primary that sentinels watch: they say which server it is now.
  sentinel,
  /// A Redis Cluster: the keys are spread over many servers.
  cluster,
};

constexpr std::array<std::string_view, 3> names_of(redis_topology) {
  return {"standalone", "sentinel", "cluster"};
}

/// Which idle exclusive connection is used next.
enum class redis_strategy : uint8_t {
  /// The one that was used last: few connections are kept warm.
  lifo,
  /// The one that was idle for the longest time: all are used alike.
  fifo,
};

constexpr std::array<std::string_view, 2> names_of(redis_strategy) {
  return {"lifo", "fifo"};
}

/// Whether the certificate of the server is checked.
enum class redis_verify : uint8_t { verify_peer, verify_none };

constexpr std::array<std::string_view, 2> names_of(redis_verify) {
  return {"verify_peer", "verify_none"};
}

/// Where JSON documents are edited.
enum class redis_json : uint8_t {
  /// As `native` where the server has the module, else as `emulated`.
  automatic,
  /// On the server, by the RedisJSON module.
  native,
  /// Here: a document is text under its key, written back if nobody was faster.
  emulated,
};

constexpr std::array<std::string_view, 3> names_of(redis_json) {
  return {"auto", "native", "emulated"};
}

/// How connections are encrypted and certificates checked.
struct redis_tls_options {
  /// Whether to use TLS; `rediss://` turns it on too.
  bool enabled = false;

  /// With `verify_peer` the certificate of the server must be signed by a known
  /// authority, not be expired, and name the server.
  redis_verify verify = redis_verify::verify_peer;

  /// File with the certificates of the authorities (PEM); empty for those of
  /// the system.
  std::string cacertfile = {};

  /// File with the certificate that the server may ask for (PEM), and its key.
  std::string certfile = {};
  std::string keyfile = {};

  /// The name that the certificate must bear; empty for the host.
  std::string server_name = {};

  static constexpr auto fields = std::tuple{
    field{"enabled", &redis_tls_options::enabled},
    field{"verify", &redis_tls_options::verify},
    field{"cacertfile", &redis_tls_options::cacertfile},
    field{"certfile", &redis_tls_options::certfile},
    field{"keyfile", &redis_tls_options::keyfile},
    field{"server_name", &redis_tls_options::server_name},
  };
};

/// Entries on a Redis server, version 6 or newer, or on those of a cluster.
///
/// Calls of any number of threads and actors share a few connections: whatever
/// is waiting goes out in one write, and nothing waits for replies before the
/// next write. While the server is out of reach calls fail at once with
/// `errc::unavailable`; the adapter reconnects by itself.
///
/// docs/redis.md tells how entries lie on the server, what happens in faults,
/// and what ElixirCache calls the same options.
struct redis_options {
  /// `redis://`, `rediss://` (TLS) or `unix://`, as in
  /// `redis://user:password@host:port/database`. Instead of, not beside, the
  /// options up to `database`.
  std::string uri = {};

  /// The server; by default 127.0.0.1. A path that begins with "/" is that of a
  /// Unix domain socket.
  std::string host = {};

  /// 0 is Redis' own, 6379.
  uint16_t port = 0;

  /// The user of the server's access control list; empty for the default one.
  std::string username = {};

  std::string password = {};

  /// The database to select, 0 to 65535; a cluster has only 0.
  uint32_t database = 0;

  redis_topology topology = redis_topology::standalone;

  /// With `sentinel`: the sentinels, and with `cluster`: further servers to
  /// begin with, each "host:port".
  std::vector<std::string> nodes = {};

  /// With `sentinel`: the name by which the sentinels know the primary.
  std::string primary_name = {};

  /// With `sentinel`: what the sentinels themselves ask for.
  std::string sentinel_username = {};
  std::string sentinel_password = {};

  redis_tls_options ssl = {};

  /// Shared connections to each server, 1 to 64. One does for most: more help
  /// where large replies would hold up small ones. Calls for one key always
  /// take the same connection.
  size_t connections = 1;

  /// Connections for what needs one to itself, transactions and commands that
  /// block on the server: up to `size` are kept open, up to `size` +
  /// `max_overflow` exist at a time. (ElixirCache: poolboy's.)
  size_t size = 10;
  size_t max_overflow = 20;
  redis_strategy strategy = redis_strategy::lifo;

  /// For a connection to be there, TLS and log-in included.
  timespan connect_timeout = std::chrono::seconds{5};

  /// For the answer to a command.
  timespan command_timeout = std::chrono::seconds{5};

  /// The wait after a failed attempt to connect: it doubles each time, from the
  /// first up to the second, and is shorter by a random share of up to a
  /// quarter.
  timespan reconnect_delay = std::chrono::milliseconds{50};
  timespan max_reconnect_delay = std::chrono::seconds{10};

  /// The key `x` is `<key_prefix>:x` on the server; empty for the cache's name.
  std::string key_prefix = {};

  redis_json json = redis_json::automatic;

  /// @returns `errc::invalid_argument`; never shows a password
  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;

  /// Returns the options for a sandbox: a server in memory.
  redis_stand_in_options stand_in() const;

  static constexpr auto fields = std::tuple{
    field{"uri", &redis_options::uri},
    field{"host", &redis_options::host},
    field{"port", &redis_options::port},
    field{"username", &redis_options::username},
    field{"password", &redis_options::password},
    field{"database", &redis_options::database},
    field{"topology", &redis_options::topology},
    field{"nodes", &redis_options::nodes},
    field{"primary_name", &redis_options::primary_name},
    field{"sentinel_username", &redis_options::sentinel_username},
    field{"sentinel_password", &redis_options::sentinel_password},
    field{"ssl", &redis_options::ssl},
    field{"connections", &redis_options::connections},
    field{"size", &redis_options::size},
    field{"pool_size", &redis_options::size}, // ElixirCache's name
    field{"max_overflow", &redis_options::max_overflow},
    field{"strategy", &redis_options::strategy},
    field{"connect_timeout", &redis_options::connect_timeout},
    field{"command_timeout", &redis_options::command_timeout},
    field{"reconnect_delay", &redis_options::reconnect_delay},
    field{"max_reconnect_delay", &redis_options::max_reconnect_delay},
    field{"key_prefix", &redis_options::key_prefix},
    field{"json", &redis_options::json},
  };
};

} // namespace actor_cache
