#pragma once

#include "../fibers/timer.hpp"
#include "server.hpp"
#include "servers.hpp"
#include "slots.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace actor_cache::redis_wire {

/// The servers of a Redis Cluster. Each call goes to the server that has its
/// slot; who that is, is learned from the servers' redirections at once, and in
/// full from CLUSTER SLOTS on a thread of its own.
///
/// A call whose server is gone is made again, up to its deadline, once the
/// cluster has another one for the slot, if it cannot have been executed or may
/// be repeated. All calls together wait for `command_timeout` so; after that
/// they fail at once until the server answers or the slots are with others, as
/// they do where no server of the cluster answers.
class cluster_servers final : public servers {
public:
  cluster_servers(const redis_options& options, connection_settings settings,
                  std::vector<address> seeds);

  ~cluster_servers() override;

  void start() override;

  void stop() override;

  caf::expected<redis_reply> call(std::string_view key, commands what,
                                  repeat again, real_time deadline) override;

  borrowed_connection likely_connection(std::string_view key) override;

  std::vector<caf::expected<redis_reply>>
  call_each(std::vector<keyed_commands> what, repeat again,
            real_time deadline) override;

  std::vector<std::vector<size_t>>
  group(std::span<const std::string> keys) const override;

  size_t count(real_time deadline) override;

  caf::expected<std::vector<std::string>> names(real_time deadline) override;

  caf::expected<redis_reply> call_server(const std::string& name, commands what,
                                         repeat again,
                                         real_time deadline) override;

  caf::expected<redis_reply> call_alone(std::string_view key, commands what,
                                        real_time deadline) override;

  caf::expected<redis_reply> call_as_one(std::string_view key, commands what,
                                         real_time deadline) override;

  uint64_t generation() const override;

  connection_counts connections() const override;

  caf::expected<int64_t> clock_offset(std::string_view key,
                                      real_time deadline) override;

private:
  /// A server and where it is.
  struct place {
    address at;
    server_ptr it;
  };

  struct topology {
    std::vector<place> primaries;
    std::array<uint16_t, slot_count> owners;
  };

  using topology_ptr = std::shared_ptr<const topology>;

  using guard = std::unique_lock<std::mutex>;

  /// One attempt to make a call.
  struct attempt {
    place where;
    connection* link = nullptr;
    request_ptr sent;
  };

  /// Tells whether both have each slot at the same server.
  static bool same_owners(const topology& lhs, const topology& rhs);

  /// Returns when a call that begins now ends, at the latest.
  real_time end_of_call(real_time deadline) const;

  /// Returns the current topology; waits for the first one.
  caf::expected<topology_ptr> current(real_time deadline);

  caf::expected<place> owner_of(uint16_t slot, real_time deadline);

  server_ptr server_at(const address& at, guard& lock);

  caf::expected<place> place_at(const address& at);

  attempt send(const place& where, std::string_view key, commands what,
               repeat again, real_time deadline);

  /// Makes a call on a connection of its own, in steps.
  caf::expected<redis_reply> call_in_steps(std::string_view key,
                                           std::vector<commands> steps,
                                           real_time deadline);

  /// Looks at how an attempt went, and makes others until there is an answer.
  caf::expected<redis_reply> settle(attempt last, std::string_view key,
                                    repeat again, real_time deadline);

  /// Makes the calls that one consists of, whose keys are not all at the server
  /// of their slot.
  caf::expected<redis_reply>
  call_apart(const std::vector<std::pair<std::string, commands>>& parts,
             repeat again, real_time deadline);

  /// Returns until when calls wait for a server that does not serve them, or
  /// for another one in its place.
  real_time end_of_patience(const address& with);

  void note_served(const address& by);

  void note_moved(const redirection& to);

  void want_refresh();

  /// Waits until the topology has been asked for once more.
  void await_refresh(real_time deadline);

  void run();

  caf::expected<slot_map> ask_anybody();

  void adopt(slot_map map);

  std::vector<address> known() const;

  const redis_options options_;
  const connection_settings settings_;
  const std::vector<address> seeds_;

  mutable std::mutex mtx_;
  std::condition_variable changed_;
  std::map<address, server_ptr> servers_;
  topology_ptr topology_;
  caf::error failure_;

  /// The servers that do not serve, and until when calls wait for each. It is
  /// looked at only where there is one.
  std::map<address, real_time> troubled_;
  std::atomic<bool> any_trouble_{false};

  uint64_t refreshes_ = 0;
  bool refresh_wanted_ = true;
  bool stopped_ = false;
  std::vector<detail::waker> sleepers_;
  detail::timer timer_;
  std::thread thread_;
};

} // namespace actor_cache::redis_wire
