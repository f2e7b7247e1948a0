#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/multi_valued.hpp"
#include "actor_cache/ordered.hpp"

#include "rehydration.hpp"
#include "shard_table.hpp"

#include <optional>
#include <span>
#include <vector>

namespace actor_cache::ets_table {

/// A table with any number of live objects under each key.
///
/// What looks into values, or lets others decide, works on a copy of a key's
/// objects and begins anew where they have changed meanwhile: no code of the
/// user's runs under a lock.
class bag_adapter final : public adapter,
                          public ordered,
                          public multi_valued,
                          public ets_backend {
public:
  bag_adapter(ets_type type, size_t shards, rehydration file);

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

  bool sweep_pending() const noexcept override;

  size_t bytes() const noexcept override;

  removals removed() const noexcept override;

  void* find_capability(std::string_view name) noexcept override;

  // -- ordered ----------------------------------------------------------------

  caf::expected<std::optional<std::string>>
  neighbour(std::optional<std::string_view> key, direction way,
            time_point now) override;

  caf::expected<scan_page> scan_back(std::string_view cursor, size_t limit,
                                     time_point now) override;

  // -- multi_valued -----------------------------------------------------------

  caf::expected<std::vector<entry>> lookup(std::string_view key,
                                           time_point now) override;

  caf::expected<std::vector<entry>> take_all(std::string_view key,
                                             time_point now) override;

  caf::expected<bool> erase_object(std::string_view key, version which,
                                   time_point now) override;

  caf::expected<bool> replace_object(std::string_view key, version which,
                                     term next, time_point now) override;

  // -- ets_backend ------------------------------------------------------------

  ets_details details() const override;

private:
  using objects = std::vector<entry>;

  objects snapshot(std::string_view key);

  /// Returns the versions of the objects that `next` takes the place of.
  std::vector<version> equal_to(const objects& seen, const term& next) const;

  bag_node::pointer extract(std::string_view key);

  /// Removes the objects with the versions `removed`, then adds `next` if there
  /// is one; all that only if the key still has the objects `seen`.
  /// @returns a new version, that of `next`, or 0 where nothing was done
  version exchange(std::string_view key, const objects& seen,
                   std::span<const version> removed, std::optional<entry> next,
                   time_point now);

  /// Notes that the objects with the versions `gone` went for the reason
  /// `cause`, or because their time was over, but for the one that the caller's
  /// answer is about (0 for none).
  void note(std::string_view key, const objects& seen,
            std::span<const version> gone,
            std::atomic<uint64_t> removal_counts::* cause, version answered,
            time_point now);

  const ets_type type_;
  shard_table<bag_node> table_;
  rehydration file_;
};

} // namespace actor_cache::ets_table
