#pragma once

#include "actor_cache/redis_reply.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <memory>
#include <vector>

struct redisReader;

namespace actor_cache::redis_wire {

/// Turns what a server sends into replies. Memory grows with what has come, not
/// with what a reply says will come.
class reply_reader {
public:
  reply_reader();

  /// Takes the next bytes.
  caf::error feed(const char* bytes, size_t size);

  /// Adds the replies that are complete.
  /// @returns `errc::unavailable` where the bytes are no replies; nothing that
  ///          follows can be read then
  caf::error take(std::vector<redis_reply>& replies);

private:
  struct destroy {
    void operator()(redisReader* x) const noexcept;
  };

  /// The reply that is being read.
  std::unique_ptr<redis_reply> root_;
  std::unique_ptr<redisReader, destroy> impl_;
};

} // namespace actor_cache::redis_wire
