#pragma once

#include "actor_cache/command_ops.hpp"
#include "actor_cache/compression_options.hpp"
#include "actor_cache/hash_ops.hpp"
#include "actor_cache/json_ops.hpp"
#include "actor_cache/key_scan.hpp"
#include "actor_cache/set_ops.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// What runs commands: connections to a server, or the stand-in.
class redis_executor {
public:
  virtual ~redis_executor() = default;

  /// Runs commands one after the other, in one round trip; returns as many
  /// replies, of which some may be errors.
  virtual caf::expected<std::vector<redis_reply>>
  execute(std::vector<redis_command> commands, time_point now) = 0;

  /// Does the same as one step.
  /// @returns the server's error where it ran none
  virtual caf::expected<std::vector<redis_reply>>
  execute_as_one(std::vector<redis_command> commands, time_point now) = 0;

  /// Runs HSET commands and has each of the hashes live for `lifetime`
  /// milliseconds from then on, without it for ever: each hash as one step, all
  /// in one round trip. What is no hash keeps its lifetime.
  /// @returns what came of each HSET
  virtual caf::expected<std::vector<redis_reply>>
  set_hashes(std::vector<redis_command> sets, std::optional<int64_t> lifetime,
             time_point now)
    = 0;
};

/// The capabilities of Redis, as commands: written once for whatever runs them.
/// The key `k` of the cache `users` is `users:k` in them; values are encoded
/// terms, JSON documents are text.
///
/// Thread safety: as the executor.
class redis_surface final : public hash_ops,
                            public set_ops,
                            public json_ops,
                            public key_scan,
                            public command_ops {
public:
  redis_surface(redis_executor& run, std::string_view cache,
                compression_options compression);

  /// Returns the interface with that `capability_name`, null if it is none of
  /// these.
  void* find(std::string_view capability) noexcept;

  // -- hash_ops ---------------------------------------------------------------

  caf::expected<std::optional<term>> hash_get(std::string_view key,
                                              std::string_view field,
                                              time_point now) override;

  caf::expected<hash_fields> hash_get_all(std::string_view key,
                                          time_point now) override;

  caf::expected<std::vector<std::vector<std::optional<term>>>> hash_get_many(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& wanted,
    time_point now) override;

  caf::expected<std::vector<term>> hash_values(std::string_view key,
                                               time_point now) override;

  caf::expected<bool>
  hash_set(std::string_view key, std::string_view field, const term& value,
           std::optional<time_point> deadline, time_point now) override;

  caf::expected<uint64_t>
  hash_set_many(const std::vector<std::pair<std::string, hash_fields>>& hashes,
                std::optional<time_point> deadline, time_point now) override;

  caf::expected<uint64_t> hash_delete(std::string_view key,
                                      const std::vector<std::string>& fields,
                                      time_point now) override;

  caf::expected<field_page>
  hash_scan(std::string_view key, std::string_view cursor,
            const scan_filter& filter, time_point now) override;

  // -- set_ops ----------------------------------------------------------------

  caf::expected<uint64_t> sadd(std::string_view key,
                               const std::vector<term>& members,
                               time_point now) override;

  caf::expected<uint64_t> srem(std::string_view key,
                               const std::vector<term>& members,
                               time_point now) override;

  caf::expected<std::vector<term>> smembers(std::string_view key,
                                            time_point now) override;

  caf::expected<bool> sismember(std::string_view key, const term& member,
                                time_point now) override;

  caf::expected<uint64_t> scard(std::string_view key, time_point now) override;

  // -- json_ops ---------------------------------------------------------------

  caf::expected<std::optional<json_text>> json_get(std::string_view key,
                                                   const json_path& path,
                                                   time_point now) override;

  caf::expected<bool> json_set(std::string_view key, const json_path& path,
                               const std::string& value,
                               time_point now) override;

  caf::expected<uint64_t> json_delete(std::string_view key,
                                      const json_path& path,
                                      time_point now) override;

  caf::expected<std::string>
  json_incr(std::string_view key, const json_path& path,
            const std::string& step, time_point now) override;

  caf::expected<uint64_t> json_clear(std::string_view key,
                                     const json_path& path,
                                     time_point now) override;

  caf::expected<std::string>
  json_array_append(std::string_view key, const json_path& path,
                    const std::vector<std::string>& values,
                    time_point now) override;

  // -- key_scan ---------------------------------------------------------------

  caf::expected<key_page> scan_keys(std::string_view cursor,
                                    const scan_filter& filter,
                                    time_point now) override;

  // -- command_ops ------------------------------------------------------------

  caf::expected<redis_reply> command(const redis_command& what,
                                     time_point now) override;

  caf::expected<std::vector<redis_reply>>
  pipeline(const std::vector<redis_command>& commands, time_point now) override;

  caf::expected<std::vector<redis_reply>>
  transaction(const std::vector<redis_command>& commands,
              time_point now) override;

private:
  std::string full(std::string_view key) const;

  /// Runs commands of which none may fail.
  caf::expected<std::vector<redis_reply>>
  run_all(std::vector<redis_command> commands, time_point now);

  caf::expected<redis_reply> run_one(redis_command command, time_point now);

  /// Runs a command whose reply is a number.
  caf::expected<uint64_t> count(redis_command command, time_point now);

  /// Runs `name` on the key and its members, encoded.
  caf::expected<uint64_t> on_members(const char* name, std::string_view key,
                                     const std::vector<term>& members,
                                     time_point now);

  /// Runs a command on a part of a document.
  caf::expected<redis_reply>
  on_document(const char* name, std::string_view key, const json_path& path,
              const std::vector<std::string>& values, time_point now);

  redis_executor& run_;
  const std::string prefix_;
  const compression_options compression_;
};

} // namespace actor_cache::redis_wire
