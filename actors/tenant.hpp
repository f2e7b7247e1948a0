#pragma once

#include "actor_cache/clock.hpp"
#include "actor_cache/detail/engine.hpp"
#include "actor_cache/sandbox.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::detail {

class tenant_directory;

/// A clock that stands still until it is moved, or that comes on top of
/// another one.
class tenant_clock {
public:
  void advance(timespan by) noexcept;

  timespan elapsed() const noexcept {
    return timespan{elapsed_.load()};
  }

  /// Returns a view that counts from the time of `base`, or from a time of its
  /// own where there is none.
  static clock_ptr on_top_of(clock_ptr base,
                             std::shared_ptr<const tenant_clock> self);

private:
  std::atomic<timespan::rep> elapsed_{0};
};

/// One sandbox: whoever belongs to it has an instance of each of its caches,
/// which is an engine like that of any cache, with a store, loads, counters and
/// (once a message wants one) an actor of its own.
///
/// Thread safety: all members may be called at the same time.
class tenant : public std::enable_shared_from_this<tenant> {
public:
  tenant(std::shared_ptr<tenant_directory> home,
         const sandbox_options& options);

  ~tenant();

  // -- caches -----------------------------------------------------------------

  /// Adds an instance of the cache that `front` stands for.
  caf::error add(const engine& front);

  caf::error remove(const std::string& cache);

  /// Returns the instance of a cache, null where there is none.
  engine_ptr find(const engine& front);

  /// Returns the actor of an instance; spawns it if there is none yet.
  caf::expected<caf::strong_actor_ptr> actor_of(const engine& front);

  std::vector<std::string> caches() const;

  /// Lets the instance of a cache go that has been stopped.
  void cache_stopped(const std::string& cache);

  // -- calls of its instances -------------------------------------------------

  /// Called as a call to an instance begins; an error is its answer.
  caf::error admit(const std::string& cache, timespan call_timeout);

  void note(const std::string& cache, access what, std::string_view key);

  // -- what a test does -------------------------------------------------------

  void advance(timespan by);

  timespan elapsed() const noexcept {
    return clock_->elapsed();
  }

  std::vector<key_access> log() const;

  uint64_t unlogged() const;

  void clear_log();

  caf::error require_empty() const;

  void fail_next(errc code, std::string cache, size_t times);

  void latency(timespan span) noexcept {
    latency_ = span.count();
  }

  caf::expected<sandbox_snapshot> snapshot() const;

  // -- its end ----------------------------------------------------------------

  bool ended() const noexcept {
    return ended_.load();
  }

  /// Lets all instances go; only the directory calls this.
  void end();

  const tenant_directory* home() const noexcept {
    return home_.get();
  }

  const std::shared_ptr<tenant_directory>& directory() const noexcept {
    return home_;
  }

private:
  friend class tenant_directory;

  /// An instance; without an engine where its cache has been stopped.
  struct instance {
    engine_ptr target;
    adapter* store = nullptr;
  };

  class aftermath;

  struct failure {
    errc code;
    std::string cache;
    size_t times;
  };

  caf::expected<instance> open(const engine& front);

  caf::error restore(const std::string& cache, instance& into) const;

  caf::error ended_error(std::string_view cache) const;

  std::optional<errc> next_failure(const std::string& cache);

  void close(instance& what) const;

  const std::shared_ptr<tenant_directory> home_;
  const std::shared_ptr<tenant_clock> clock_;
  const sandbox_snapshot from_;
  const size_t log_limit_;

  /// The actor that the sandbox ends with, 0 for none.
  caf::actor_id owner_ = 0;

  /// The actors that belong to it; guarded by the directory.
  std::vector<caf::actor_id> members_;

  std::atomic<bool> ended_{false};
  std::atomic<timespan::rep> latency_{0};

  mutable std::shared_mutex mtx_;
  std::map<std::string, instance, std::less<>> instances_;

  std::mutex spawn_mtx_;

  /// Of the actor that each instance had last; guarded by `spawn_mtx_`.
  std::map<std::string, std::shared_ptr<aftermath>> aftermaths_;

  mutable std::mutex events_mtx_;
  std::vector<key_access> log_;
  uint64_t unlogged_ = 0;
  std::vector<failure> failures_;
};

using tenant_ptr = std::shared_ptr<tenant>;

} // namespace actor_cache::detail
