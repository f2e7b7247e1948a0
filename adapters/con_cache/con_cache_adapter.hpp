#pragma once

#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/lockable.hpp"

#include "event_queue.hpp"
#include "lifetimes.hpp"
#include "lock_table.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace actor_cache::con_cache_store {

/// Puts locks and events around an ets table.
class con_cache_adapter final : public adapter,
                                public lockable,
                                public con_cache_backend {
public:
  con_cache_adapter(const con_cache_options& options, adapter_ptr table,
                    const adapter_context& context);

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

  // -- lockable ---------------------------------------------------------------

  owner this_owner() const noexcept override;

  owner new_owner() noexcept override;

  owner act_for(owner other) noexcept override;

  caf::error lock(std::string_view key,
                  std::optional<timespan> timeout) override;

  timespan default_timeout() const noexcept override;

  void unlock(std::string_view key, owner holder) noexcept override;

  void lock_later(std::string_view key, owner taker,
                  std::function<void()> granted) override;

  bool give_up(std::string_view key, owner waiter) override;

  void skip_locks(int change) noexcept override;

  // -- con_cache_backend ------------------------------------------------------

  event_counts events() const override;

private:
  class write_guard;

  /// What an update did.
  struct outcome {
    change::kind what = change::kind::keep;

    /// Set if there was an entry.
    bool found = false;
    term value;
    time_point deadline = never;
  };

  caf::expected<version> apply(std::string_view key, time_point now,
                               decide_fn decide);

  void tell(event_kind what, std::string_view key, const term& value);

  void renew(std::string_view key, entry& found, time_point now);

  /// Notes what lifetimes the entries of a table that was loaded have left.
  caf::error note_lifetimes();

  const std::string name_;
  const clock_ptr clock_;
  const timespan lock_timeout_;
  const ttl global_ttl_;
  const std::optional<timespan> sweep_interval_;
  const bool dirty_;
  lock_table locks_;

  /// Null where reads do not touch.
  std::unique_ptr<lifetimes> lifetimes_;

  /// Null where nobody is told.
  std::unique_ptr<event_queue> events_;

  /// Whether the last sweep found no room for its events.
  std::atomic<bool> held_back_{false};

  /// Tells the two above what expired, so it goes first.
  adapter_ptr table_;
};

} // namespace actor_cache::con_cache_store
