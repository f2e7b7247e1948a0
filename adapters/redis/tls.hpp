#pragma once

#include "actor_cache/adapters/redis.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace actor_cache::redis_wire {

struct ssl_deleter {
  void operator()(ssl_ctx_st* x) const noexcept;
  void operator()(ssl_st* x) const noexcept;
};

using ssl_ptr = std::unique_ptr<ssl_st, ssl_deleter>;

/// What all encrypted connections of a cache share: authorities, certificate,
/// key.
class tls_context {
public:
  /// Reads the files.
  /// @returns `errc::io_error`, naming the file and the reason
  static caf::expected<std::shared_ptr<const tls_context>>
  make(const redis_tls_options& options);

  /// Returns the state of a new connection to `host`, which its certificate
  /// must name. (hiredis itself never checks the name.)
  caf::expected<ssl_ptr> new_connection(const std::string& host) const;

  /// Returns a context like this one, for connections to an address of `host`.
  std::shared_ptr<const tls_context> for_host(const std::string& host) const;

  /// Says why a handshake failed.
  static std::string reason_of_failure(ssl_st& connection);

private:
  tls_context() = default;

  std::shared_ptr<ssl_ctx_st> impl_;
  redis_tls_options options_;
};

using tls_context_ptr = std::shared_ptr<const tls_context>;

} // namespace actor_cache::redis_wire
