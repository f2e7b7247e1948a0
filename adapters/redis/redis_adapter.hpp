#pragma once

#include "cursor.hpp"
#include "redis_surface.hpp"
#include "server_executor.hpp"
#include "servers.hpp"

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/conditional.hpp"
#include "actor_cache/deferred_reads.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// Entries on Redis servers. An entry is a string under "<prefix>:<key>"; the
/// server itself ends its life, and what writes on condition does so there.
class redis_adapter final : public adapter,
                            public connected,
                            private deferred_reads,
                            private conditional {
public:
  redis_adapter(redis_options options, const adapter_context& context);

  adapter_traits traits() const noexcept override;

  caf::error start() override;

  caf::error stop() override;

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override;

  caf::expected<version> put(std::string_view key, entry next,
                             time_point now) override;

  caf::expected<bool> erase(std::string_view key, time_point now) override;

  caf::expected<version> update(std::string_view key, time_point now,
                                decide_fn decide) override;

  caf::expected<size_t> size(time_point now) override;

  caf::error clear() override;

  caf::expected<scan_page> scan(std::string_view cursor, size_t limit,
                                time_point now) override;

  caf::expected<std::vector<std::optional<entry>>>
  get_many(std::span<const std::string> keys, time_point now) override;

  caf::error put_many(std::span<const std::pair<std::string, entry>> entries,
                      time_point now) override;

  caf::expected<size_t> erase_many(std::span<const std::string> keys,
                                   time_point now) override;

  void* find_capability(std::string_view name) noexcept override;

  connection_counts connections() const override;

private:
  void begin_get(reader whose) override;

  /// An entry as the server has it.
  struct stored {
    std::string bytes;

    /// Milliseconds until the server is to drop it; nothing for never.
    std::optional<int64_t> lifetime;

    actor_cache::version version;
  };

  /// What is to become of strings that no cache has written.
  enum class strangers : uint8_t { refused, passed_over };

  /// Some keys of the servers, and where to go on.
  struct key_page {
    std::vector<std::string> names;
    std::optional<cursor> next;
  };

  caf::expected<outcome> put_if(std::string_view key, entry next,
                                precondition wanted, time_point now) override;

  caf::expected<std::optional<entry>> take(std::string_view key,
                                           time_point now) override;

  /// Stores `what` where the server has nothing under its name.
  /// @returns what came of it; nothing where that takes a closer look
  caf::expected<std::optional<outcome>> put_new(const std::string& name,
                                                const stored& what, int64_t now,
                                                real_time deadline);

  /// Stores `what` where a script on the server finds what it wants.
  caf::expected<outcome> put_where(const std::string& name, const stored& what,
                                   const std::string& condition, int64_t now,
                                   real_time deadline);

  /// Reads, decides, and writes if nobody was faster.
  /// @returns the version written, 0 for none; nothing where somebody was
  caf::expected<std::optional<version>>
  try_update(const std::string& name, time_point now, decide_fn decide,
             real_time deadline);

  /// Returns by when a call that begins now must have ended.
  real_time end_of_call() const;

  /// Returns what `key` is called on the server.
  std::string full(std::string_view key) const;

  std::vector<std::string> full(std::span<const std::string> keys) const;

  static commands set(const std::string& name, const stored& what);

  caf::expected<key_page> scan_keys(cursor from, std::string_view pattern,
                                    size_t limit, std::string_view type,
                                    real_time deadline);

  /// Calls `visit` with all keys, part by part.
  caf::error for_each_page(
    detail::function_ref<caf::error(std::span<const std::string>)> visit);

  caf::expected<std::vector<std::optional<entry>>>
  read(std::span<const std::string> names, strangers what, time_point now,
       real_time deadline);

  caf::expected<size_t> unlink(std::span<const std::string> names,
                               real_time deadline);

  caf::expected<stored> seal(std::string_view key, const entry& what,
                             time_point now, real_time deadline);

  /// Returns the entry, nothing where its time is over.
  caf::expected<std::optional<entry>> open(std::string_view key,
                                           redis_reply reply, time_point now,
                                           real_time deadline);

  /// Does the same.
  /// @param offset_of returns nanoseconds from the cache's clock to the
  /// server's
  caf::expected<std::optional<entry>>
  open(redis_reply reply, time_point now,
       detail::function_ref<caf::expected<int64_t>()> offset_of);

  /// Returns a time as the server's clock has it, in nanoseconds since 1970.
  /// @param offset from the cache's clock to the server's
  static int64_t on_server(time_point when, int64_t offset);

  /// Stores `next`, or removes the key without, if the header is `seen`.
  /// @returns whether it was
  caf::expected<bool> swap(const std::string& key, std::string_view seen,
                           const stored* next, real_time deadline);

  version next_version() noexcept;

  const redis_options options_;
  const std::string prefix_;
  const compression_options compression_;
  const clock_ptr clock_;
  const std::function<void(const connection_change&)> on_connection_;
  std::unique_ptr<servers> servers_;
  server_executor executor_;
  redis_surface surface_;
  const uint64_t seed_;
  std::atomic<uint64_t> versions_{0};
};

} // namespace actor_cache::redis_wire
