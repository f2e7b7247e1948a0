#pragma once

#include "connection.hpp"
#include "exclusive_pool.hpp"

#include "actor_cache/adapters/redis.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace actor_cache::redis_wire {

/// One server: its shared connections and its exclusive ones.
///
/// Thread safety: all members may be called at the same time.
class server {
public:
  server(const redis_options& options, const connection_settings& settings);

  void start();

  /// Ends all calls; `why` is what callers are told.
  void stop(const caf::error& why = cache_stopped());

  /// Returns the shared connection for `key`.
  connection& shared(std::string_view key) noexcept {
    auto index = shared_.size() == 1 ? 0 : hash_(key) % shared_.size();
    return *shared_[index];
  }

  exclusive_pool& exclusive() noexcept {
    return exclusive_;
  }

  /// Counts the shared connections that were made.
  uint64_t times_connected() const noexcept;

  connection_counts connections() const;

  /// Gives up all connections that are not in use by one caller for new ones.
  void renew();

private:
  std::hash<std::string_view> hash_;
  std::vector<connection_ptr> shared_;
  exclusive_pool exclusive_;
};

using server_ptr = std::shared_ptr<server>;

} // namespace actor_cache::redis_wire
