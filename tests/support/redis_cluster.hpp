#pragma once

#include "redis_client.hpp"
#include "redis_server.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace actor_cache::test {

/// A Redis Cluster of the test's own on the loopback interface: as many
/// primaries, each with one follower if asked for.
class redis_cluster {
public:
  /// @param like what the servers are like, beside that
  explicit redis_cluster(size_t primaries, bool followed = false,
                         const redis_server_options& like = {});

  redis_server& primary(size_t index) {
    return *servers_[index];
  }

  redis_server& follower(size_t index) {
    return *servers_[primaries_ + index];
  }

  /// Returns the addresses of all servers.
  std::vector<std::string> nodes() const;

  /// Sends a command to a server.
  redis_reply ask(redis_server& server,
                  const std::vector<std::string>& command);

  /// Returns the name by which the cluster knows a server.
  std::string id(redis_server& server);

  /// Gives a slot and its keys to another primary, as an operator does; calls
  /// `halfway` when some keys are here and some there.
  template <class F>
  void
  move_slot(uint16_t slot, redis_server& from, redis_server& to, F halfway) {
    begin_move(slot, from, to);
    halfway();
    end_move(slot, from, to);
  }

private:
  void begin_move(uint16_t slot, redis_server& from, redis_server& to);

  void end_move(uint16_t slot, redis_server& from, redis_server& to);

  void move_keys(uint16_t slot, redis_server& from, redis_server& to,
                 int count);

  void await_agreement();

  /// Waits until all know who follows whom.
  void await_followers();

  size_t primaries_;
  std::vector<std::unique_ptr<redis_server>> servers_;
};

} // namespace actor_cache::test
