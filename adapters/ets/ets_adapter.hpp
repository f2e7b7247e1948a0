#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/ordered.hpp"

#include "rehydration.hpp"
#include "shard_table.hpp"

namespace actor_cache::ets_table {

/// A table with one live object under each key.
class ets_adapter final : public adapter, public ordered, public ets_backend {
public:
  ets_adapter(size_t shards, rehydration file);

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

  size_t sweep(time_point now) override;

  size_t bytes() const noexcept override;

  removals removed() const noexcept override;

  void* find_capability(std::string_view name) noexcept override;

  caf::expected<std::optional<std::string>>
  neighbour(std::optional<std::string_view> key, direction way,
            time_point now) override;

  caf::expected<scan_page> scan_back(std::string_view cursor, size_t limit,
                                     time_point now) override;

  ets_details details() const override;

private:
  shard_table<node> table_;
  rehydration file_;
};

} // namespace actor_cache::ets_table
