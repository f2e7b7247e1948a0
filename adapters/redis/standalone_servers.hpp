#pragma once

#include "server.hpp"
#include "servers.hpp"

namespace actor_cache::redis_wire {

/// One server that has all keys; with sentinels, whichever is the primary.
class standalone_servers final : public servers {
public:
  standalone_servers(const redis_options& options,
                     const connection_settings& settings);

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
  /// Looks for a sign that the server is not the primary any more.
  caf::expected<redis_reply> checked(caf::expected<redis_reply> reply);

  server server_;
};

} // namespace actor_cache::redis_wire
