#pragma once

#include "actor_cache/redis_reply.hpp"

#include <caf/expected.hpp>

#include <cstddef>
#include <memory>
#include <optional>

struct redisReader;

namespace actor_cache::redis_wire {

/// Turns what a server sends into replies. Memory grows with what has come, not
/// with what a reply says will come.
class reply_reader {
public:
  reply_reader();

  /// Takes the next bytes.
  caf::error feed(const char* bytes, size_t size);

  /// Returns the next reply that is complete, if any.
  /// @returns `errc::unavailable` where the bytes are no replies; nothing that
  ///          follows can be read then
  caf::expected<std::optional<redis_reply>> next();

private:
  struct destroy {
    void operator()(redisReader* x) const noexcept;
  };

  /// The reply that is being read.
  std::unique_ptr<redis_reply> root_;
  std::unique_ptr<redisReader, destroy> impl_;
};

} // namespace actor_cache::redis_wire
