#pragma once

#include "actor_cache/cache_actor.hpp"
#include "actor_cache/detail/engine.hpp"
#include "actor_cache/redis_actor.hpp"
#include "actor_cache/table_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace actor_cache::detail {

/// The actor that takes the message `Op`: in truth each takes all.
template <class Op>
using actor_for = std::conditional_t<
  is_one_of<Op, core_ops>, cache_actor,
  std::conditional_t<is_one_of<Op, redis_ops>, redis_actor, table_actor>>;

/// Where a handle's calls go: to an engine of this process, or to an actor of
/// another one. Shared by the copies of a handle.
class endpoint : public std::enable_shared_from_this<endpoint> {
public:
  /// A cache of this process.
  explicit endpoint(caf::actor_system& system, engine_ptr cache);

  /// A cache of another process.
  endpoint(caf::actor_system& system, std::string name, cache_actor remote);

  /// Returns the engine to call on this thread, null where calls are mail.
  engine_ref direct() const {
    if (indirect_)
      return route();
    return direct_;
  }

  /// The same for the call `Op`, which may be one that waits.
  template <class Op>
  engine_ref direct_for() const {
    if constexpr (waits_always<Op>)
      return route();
    else
      return direct();
  }

  const std::string& name() const noexcept {
    return name_;
  }

  const load_options& loading() const noexcept {
    return loading_;
  }

  timespan call_timeout() const noexcept {
    return call_timeout_;
  }

  /// Returns how long CAF is to watch over a request that may take `timeout`:
  /// for ever, which spares CAF's clock two events, where the cache itself
  /// answers in time.
  template <message Op>
  timespan timer_of(timespan timeout) const noexcept {
    if constexpr (is_one_of<Op, simple_ops>)
      return timeout < answers_within_ ? timeout : no_timeout;
    else
      return timeout;
  }

  std::string_view adapter() const noexcept;

  /// Tells whether callers have instances of their own, whatever the adapter.
  bool sandboxed() const noexcept {
    return front_ != nullptr;
  }

  /// Returns the cache's address, which stays the same over restarts; of a
  /// sandboxed cache, the actor of the caller's instance.
  /// @returns `errc::cache_not_running` where the cache was stopped
  caf::expected<cache_actor> actor() const;

  /// Sends `op` and blocks until the answer is there.
  template <message Op>
  caf::expected<typename Op::result> ask(Op op) const;

  /// Returns the value of `key`, or loads it, by mail.
  caf::expected<term> get_or_create(std::string_view key,
                                    function_ref<loader()> make_loader,
                                    const load_options& options) const;

  /// Returns a copy whose mail waits for up to `patience` for a cache that is
  /// being restarted.
  std::shared_ptr<const endpoint> waiting(timespan patience) const;

  /// Returns a copy whose mail waits for up to `timeout` for its answer.
  std::shared_ptr<const endpoint> within(timespan timeout) const;

  /// Tells that this process could make nothing of an answer, if the cache is
  /// one of this process.
  void report_error(std::string_view operation, const caf::error& what) const;

  /// Says in this library's terms why a request got no answer.
  caf::error translate(caf::error err) const;

private:
  /// Takes the address whose mail waits for up to `patience`.
  void address(timespan patience);

  /// Returns the engine that this caller may call: of a sandboxed cache, that
  /// of its instance; where the store may wait, none on a scheduler's thread.
  engine_ref route() const;

  template <message Op>
  caf::expected<typename Op::result>
  ask(caf::scoped_actor& self, Op op, timespan timeout) const;

  caf::error would_block() const;

  caf::expected<term> load(caf::scoped_actor& self, uint64_t lease,
                           const loader& make,
                           const load_options& options) const;

  caf::actor_system& system_;
  engine_ptr engine_;
  engine* direct_ = nullptr;
  sandbox_front* front_ = nullptr;

  /// Set where the engine to call depends on the caller.
  bool indirect_ = false;

  /// The cache's address, or that of the other process; none of a sandboxed
  /// cache.
  cache_actor actor_;
  std::string name_;
  timespan call_timeout_ = cache_spec{}.call_timeout;

  /// How long calls take at most, where the cache sees to it.
  timespan answers_within_ = timespan::max();
  load_options loading_;
};

using endpoint_ptr = std::shared_ptr<const endpoint>;

/// Finds the cache `name` of `system`. `adapter` names the adapter that it must
/// have, any if empty.
caf::expected<endpoint_ptr> find_endpoint(caf::actor_system& system,
                                          std::string_view name,
                                          std::string_view adapter);

/// Connects to what another process published at `host` and `port`.
caf::expected<endpoint_ptr> connect_endpoint(caf::actor_system& system,
                                             const std::string& host,
                                             uint16_t port);

} // namespace actor_cache::detail
