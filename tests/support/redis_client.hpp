#pragma once

#include "actor_cache/redis_reply.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct redisContext;

namespace actor_cache::test {

/// A plain client of a Redis server, to look at a server from outside and to
/// compare with. For one thread at a time.
class redis_client {
public:
  /// Connects; fails the test where that fails.
  /// @param socket the path of the server's unix socket
  explicit redis_client(const std::string& socket);

  redis_client(const std::string& host, uint16_t port);

  ~redis_client();

  /// Sends a command and returns the reply; an error reply is a value.
  redis_reply operator()(const std::vector<std::string>& command);

  /// Does the same, and returns nothing where the connection breaks.
  std::optional<redis_reply> attempt(const std::vector<std::string>& command);

private:
  struct closer {
    void operator()(redisContext* x) const noexcept;
  };

  void check() const;

  std::unique_ptr<redisContext, closer> context_;
};

} // namespace actor_cache::test
