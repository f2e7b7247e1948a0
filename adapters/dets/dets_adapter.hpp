#pragma once

#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/multi_valued.hpp"
#include "actor_cache/ordered.hpp"

#include "store.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace actor_cache::dets_store {

/// A table in a file; docs/dets.md is its guide.
///
/// No code of the user's runs under a lock: what decides, or encodes values,
/// sees a copy, and begins anew where another writer was faster.
class dets_adapter final : public adapter,
                           public ordered,
                           public multi_valued,
                           public dets_backend {
public:
  /// @param wall_clock tells the time that goes on between two runs
  /// @param hash tells long keys apart, for tests of keys that it does not
  dets_adapter(const dets_options& options, const adapter_context& context,
               std::function<wall_time()> wall_clock
               = &std::chrono::system_clock::now,
               hash_fn hash = hash_of);

  adapter_traits traits() const noexcept override;

  caf::error start() override;

  caf::error stop() override;

  caf::expected<std::optional<entry>> get(std::string_view key,
                                          time_point now) override;

  caf::error read(std::string_view key, time_point now, see_fn see) override;

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

  caf::error put_many(std::span<const std::pair<std::string, entry>> entries,
                      time_point now) override;

  caf::expected<size_t> erase_many(std::span<const std::string> keys,
                                   time_point now) override;

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

  // -- dets_backend -----------------------------------------------------------

  dets_details details() const override;

  caf::error sync() override;

private:
  /// What went by one edit, beside what the caller's answer is about.
  struct losses {
    uint64_t unreported = 0;
    uint64_t expired = 0;

    void note(const entry& gone, version answered, time_point now) noexcept {
      if (gone.version != answered)
        ++(gone.fresh(now) ? unreported : expired);
    }
  };

  using cause = std::atomic<uint64_t> dets_adapter::*;

  void count(cause why, const losses& gone) noexcept;

  /// @returns `errc::limit_reached` where a record cannot hold both
  caf::expected<term> encoded(std::string_view key, const term& value) const;

  /// Adds `next` to the objects of a key, in place of what it replaces.
  void add(objects& state, entry next, version replaced, version answered,
           time_point now, losses& gone) const;

  caf::error write(std::string_view key, edit_fn apply);

  /// Writes what an update has decided if the key has the version `seen` still;
  /// tells whether it has.
  caf::expected<bool> write_decision(std::string_view key, version seen,
                                     const change& next, version& written,
                                     time_point now);

  const dets_options options_;
  const compression_options compression_;
  const clock_ptr clock_;
  const std::function<wall_time()> wall_clock_;
  store store_;
  std::atomic<uint64_t> erased_{0};
  std::atomic<uint64_t> replaced_{0};
  std::atomic<uint64_t> expired_{0};
  std::atomic<bool> sweep_pending_{false};
};

} // namespace actor_cache::dets_store
