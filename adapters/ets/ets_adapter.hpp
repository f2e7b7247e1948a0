#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/ets.hpp"

#include "hash.hpp"
#include "shard.hpp"

#include <mutex>
#include <shared_mutex>
#include <vector>

namespace actor_cache::ets {

/// The table: shards that know nothing of each other. The low bits of a key's
/// hash name its shard.
class ets_adapter final : public adapter {
public:
  explicit ets_adapter(const ets_options& options);

  adapter_traits traits() const noexcept override;

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

private:
  struct place {
    uint64_t hash;
    shard& home;
  };

  place locate(std::string_view key) noexcept {
    auto hash = hash_key(key, seed_);
    return {hash, shards_[hash & mask_]};
  }

  const uint64_t seed_;
  std::vector<shard> shards_;
  const uint64_t mask_;
  std::mutex sweep_mtx_;
  size_t sweep_shard_ = 0;
  uint64_t sweep_hash_ = 0;
};

} // namespace actor_cache::ets
