#pragma once

#include "key_queue.hpp"
#include "redis_surface.hpp"
#include "servers.hpp"

#include "actor_cache/adapters/redis.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace actor_cache::redis_wire {

/// Runs commands on the servers of a cache, and edits JSON documents here where
/// they have no module for that.
///
/// An edit reads the text of the document, changes it, and writes it back if
/// nobody was faster; else it begins again.
///
/// Thread safety: any number of threads.
class server_executor final : public redis_executor {
public:
  server_executor(const redis_options& options) : options_(options) {
    // nop
  }

  void use(servers* where) noexcept {
    servers_ = where;
  }

  caf::expected<std::vector<redis_reply>>
  execute(std::vector<redis_command> commands, time_point now) override;

  caf::expected<std::vector<redis_reply>>
  execute_as_one(std::vector<redis_command> commands, time_point now) override;

  caf::expected<std::vector<redis_reply>>
  set_hashes(std::vector<redis_command> sets, std::optional<int64_t> lifetime,
             time_point now) override;

private:
  /// Returns why commands cannot be carried out as one step.
  caf::error why_not_as_one(std::span<const redis_command> what,
                            real_time deadline);

  /// Returns by when a call that begins now must have ended.
  real_time end_of_call() const;

  /// Runs commands of which none needs anything special, in one round trip.
  caf::expected<redis_reply::array>
  run_plain(std::span<const redis_command> commands, real_time deadline);

  caf::expected<redis_reply> run_special(const redis_command& command,
                                         real_time deadline);

  caf::expected<redis_reply> run_scan(const redis_command& command,
                                      real_time deadline);

  caf::expected<redis_reply> run_blocking(const redis_command& command,
                                          std::chrono::milliseconds time);

  caf::expected<redis_reply> run_json(const redis_command& command,
                                      real_time deadline);

  /// Edits a document, unless somebody else does so meanwhile.
  /// @returns nothing where somebody did
  caf::expected<std::optional<redis_reply>>
  try_json(const redis_command& command, real_time deadline);

  caf::expected<bool> has_json_module(real_time deadline);

  /// Tells whether a command cannot go to the servers as it is.
  caf::expected<bool> is_special(const redis_command& command,
                                 real_time deadline);

  const redis_options options_;
  servers* servers_ = nullptr;
  key_queue edits_;

  /// Twice the generation of the connections that were asked for the module,
  /// plus one where they have it.
  std::atomic<uint64_t> json_module_{0};
};

} // namespace actor_cache::redis_wire
