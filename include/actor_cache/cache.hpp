#pragma once

#include "actor_cache/any_adapter.hpp"
#include "actor_cache/async.hpp"
#include "actor_cache/detail/ask_engine.hpp"
#include "actor_cache/detail/cache_calls.hpp"
#include "actor_cache/detail/endpoint.hpp"
#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/inner_calls.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/detail/transfer_calls.hpp"
#include "actor_cache/detail/update.hpp"
#include "actor_cache/detail/visit.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace actor_cache {

/// A handle to a running cache of values of type `V`: cheap to copy, valid as
/// long as the actor system, also after a restart of the cache's actor.
///
/// Calls run on the caller's thread where the adapter's store is thread-safe
/// (they never wait there); else they are messages to the cache's actor that
/// block until its answer is there, and give `errc::would_block` on a thread of
/// CAF's scheduler. Each returns a `caf::expected` and never throws.
///
/// All calls may give `errc::cache_not_running` and the errors of the adapter;
/// those that take a lifetime give `errc::invalid_argument` where it is zero or
/// less; those by mail give `errc::timeout`.
///
/// Thread safety: any number of threads may use one handle, or copies of it.
template <class V, class Adapter = any_adapter>
class cache : public detail::cache_calls<cache<V, Adapter>, V>,
              public detail::transfer_calls<cache<V, Adapter>, V>,
              public Adapter::template calls<cache<V, Adapter>, V> {
public:
  using value_type = V;

  /// The actor that the adapter's messages can be sent to.
  using actor_type = typename detail::actor_of<Adapter>::type;

  // Moving is copying: there is no handle without a cache.
  cache(const cache&) = default;

  cache& operator=(const cache&) = default;

  /// Returns a handle to the cache `name`. Does not block.
  /// @returns `errc::unknown_cache` where no cache of that name runs
  static caf::expected<cache> find(caf::actor_system& system,
                                   std::string_view name) {
    auto found = detail::find_endpoint(system, name, Adapter::name);
    if (!found)
      return std::move(found.error());
    return cache{std::move(*found)};
  }

  /// Returns a handle to a cache that another process has published. Every
  /// call is mail then, see `within`. Blocks until the connection is there.
  /// @returns `errc::unavailable` where there is nothing to connect to,
  ///          `errc::not_supported` without CAF's middleman
  static caf::expected<cache> connect(caf::actor_system& system,
                                      const std::string& host, uint16_t port) {
    auto found = detail::connect_endpoint(system, host, port);
    if (!found)
      return std::move(found.error());
    return cache{std::move(*found)};
  }

  /// Returns a handle that reaches its cache by mail to `actor`, wherever that
  /// lives; it ends with that actor. See `within`.
  static cache over_mail(caf::actor_system& system, std::string name,
                         actor_type actor) {
    return cache{std::make_shared<const detail::endpoint>(
      system, std::move(name), std::move(actor))};
  }

  /// Returns the same calls for the actor `self`: none blocks, and answers
  /// arrive in the actor. Each waits for `timeout` at most.
  template <class Self>
  async_cache<V, Self, Adapter> async(Self* self, timespan timeout) const {
    return {self, at_, timeout};
  }

  template <class Self>
  async_cache<V, Self, Adapter> async(Self* self) const {
    return {self, at_, at_->call_timeout()};
  }

  const std::string& name() const noexcept {
    return at_->name();
  }

  /// Returns the cache's address, for typed messages: an actor that passes its
  /// mail on to the one that runs the cache, also after restarts. While none
  /// does, requests are answered with `errc::cache_not_running`.
  /// @returns `errc::cache_not_running` where the cache was stopped
  caf::expected<actor_type> actor() const {
    auto hdl = at_->actor();
    if (!hdl)
      return std::move(hdl.error());
    return caf::actor_cast<actor_type>(*hdl);
  }

  /// Returns a handle whose mail, and that of its `actor`, waits for up to
  /// `patience` while the cache's actor is being restarted, instead of failing
  /// at once.
  cache waiting(timespan patience) const {
    return cache{at_->waiting(patience)};
  }

  /// Returns a handle whose calls by mail, those of `async` included, wait for
  /// up to `timeout` instead of the cache's `call_timeout`. A handle from
  /// `connect` or `over_mail`, which knows no `cache_spec`, has the default of
  /// that option until told otherwise. With zero or less each such call gives
  /// `errc::timeout`; calls on the caller's own thread are not concerned.
  cache within(timespan timeout) const {
    return cache{at_->within(timeout)};
  }

  /// Returns the value of `key`, or the result of `make()`, which is then
  /// stored. `make` returns a `V` or a `caf::expected<V>`.
  ///
  /// However many threads and actors miss one key at once, one `make` runs; the
  /// others wait for its value or its error. A failure is not stored. A `put`
  /// or `erase` of the key meanwhile wins over the value that comes late.
  /// (ElixirCache: `get_or_create`; Go: `singleflight`.)
  ///
  /// `make` runs on this thread or, where `options` ask for a refresh in the
  /// background, later on another one: it must own what it uses then.
  ///
  /// @returns what `make` failed with, `errc::load_failed` where it threw,
  ///          `errc::timeout` where another caller's load took too long
  template <class F>
  caf::expected<V> get_or_create(std::string_view key, F make,
                                 const load_options& options) const {
    return detail::guarded([&] {
      auto make_loader = [&] {
        return detail::make_loader<V>(std::move(make));
      };
      auto engine = at_->direct();
      auto run = [&] {
        return engine->get_or_create(key, make_loader, options);
      };
      return converted(engine != nullptr
                         ? detail::observed(*engine, {"get_or_create", key},
                                            run)
                         : at_->get_or_create(key, make_loader, options),
                       detail::to_value<V>{}, {"get_or_create", key});
    });
  }

  template <class F>
  caf::expected<V> get_or_create(std::string_view key, F make) const {
    return get_or_create(key, std::move(make), at_->loading());
  }

  template <class F>
  caf::expected<V>
  get_or_create(std::string_view key, F make, ttl lifetime) const {
    auto options = at_->loading();
    options.ttl = lifetime;
    return get_or_create(key, std::move(make), options);
  }

  /// Replaces the value of `key` by `f(current)`, as one step: no other write
  /// to the key comes between. `f` takes a `std::optional<V>`, empty on a miss,
  /// and returns a `V`, or a `std::optional<V>` that is empty to remove the
  /// key. It runs again where another caller was faster. Returns what `f`
  /// returned last, or `errc::timeout` where others were faster each time for
  /// as long as `call_timeout`. Without a `lifetime` an entry keeps its
  /// deadline. (ElixirCache: Agent's `get_and_update`.)
  template <class F>
    requires std::invocable<F&, std::optional<V>>
  auto update(std::string_view key, F f,
              std::optional<ttl> lifetime = std::nullopt) const
    -> caf::expected<detail::update_result<V, F>> {
    return detail::store_access::compose(*this, {"update", key}, [&] {
      if constexpr (requires { typename Adapter::updates_in_isolation; })
        if (direct() != nullptr)
          return this->in_isolation(key, [&] {
            return update_freely(key, std::move(f), lifetime);
          });
      return update_freely(key, std::move(f), lifetime);
    });
  }

  /// Calls `f(key, value)` for all entries while other callers go on; each
  /// entry that is there all the time is seen exactly once. `f` may return
  /// `false` to stop.
  template <class F>
  caf::expected<void> for_each(F f) const {
    auto visit_all = [&]() -> caf::expected<void> {
      std::string cursor;
      for (;;) {
        auto part = inner().scan(std::move(cursor));
        if (!part)
          return std::move(part.error());
        auto more = detail::visit_page<V>(f, *part);
        if (!more)
          return std::move(more.error());
        if (!*more)
          return {};
        cursor = std::move(part->cursor);
      }
    };
    return detail::store_access::compose(*this, {"for_each"}, visit_all);
  }

private:
  friend class detail::cache_calls<cache, V>;

  /// Lets the calls of one adapter at what only its store can do.
  friend class detail::store_access;

  explicit cache(detail::endpoint_ptr at) : at_(std::move(at)) {
    // nop
  }

  template <class F>
  auto
  update_freely(std::string_view key, F f, std::optional<ttl> lifetime) const
    -> caf::expected<detail::update_result<V, F>> {
    auto to_error = [](auto done) {
      return done ? caf::error{} : std::move(done.error());
    };
    if (auto err = detail::check_lifetime(lifetime); !err.empty())
      return err;
    std::optional<detail::update_attempts> attempts;
    for (;;) {
      auto current = inner().get_versioned(key);
      if (!current)
        return std::move(current.error());
      auto seen = *current ? (*current)->version : version{0};
      auto next = detail::call_update<V>(f, *current);
      if (!next)
        return next;
      auto err = detail::write_back<V>(inner(), key, *next, seen, lifetime,
                                       to_error);
      if (err.empty())
        return next;
      if (err != errc::version_conflict)
        return err;
      if (!attempts)
        attempts = detail::store_access::attempts(*this);
      if (auto late = attempts->come_too_late(key); !late.empty())
        return late;
    }
  }

  /// Returns the calls that others consist of.
  detail::inner_calls<cache, V> inner() const noexcept {
    return detail::inner_calls<cache, V>{*this};
  }

  /// Makes the call `Op` of a user's.
  template <class Op, class Convert, class... Ts>
  auto call(Convert convert, Ts&&... xs) const {
    auto key = detail::key_of(xs...);
    return detail::guarded([&] {
      detail::call_name what{detail::operation_name<Op>, key};
      if (auto engine = at_->direct(); engine != nullptr)
        return converted(detail::ask_engine<Op>(*engine,
                                                std::forward<Ts>(xs)...),
                         convert, what);
      return converted(at_->ask(
                         detail::make_message<Op>(std::forward<Ts>(xs)...)),
                       convert, what);
    });
  }

  /// Makes the call `Op` as a part of another one.
  template <class Op, class Convert, class... Ts>
  auto part(Convert convert, Ts&&... xs) const {
    auto key = detail::key_of(xs...);
    return detail::guarded([&] {
      auto engine = at_->template direct_for<Op>();
      return detail::explained(
        convert(
          engine != nullptr
            ? detail::ask_quietly<Op>(*engine, std::forward<Ts>(xs)...)
            : at_->ask(detail::make_message<Op>(std::forward<Ts>(xs)...))),
        name(), key);
    });
  }

  /// Turns an answer into what the caller gets. Where that fails, the call has
  /// failed, although the store has answered.
  template <class Convert, class T>
  auto converted(caf::expected<T>&& answer, Convert convert,
                 const detail::call_name& what) const {
    auto answered = static_cast<bool>(answer);
    auto result = convert(std::move(answer));
    if (!result) [[unlikely]] {
      if (answered)
        at_->report_error(what.operation, result.error());
      result = detail::explain(std::move(result.error()), name(), what.key);
    }
    return result;
  }

  /// Returns the engine whose store may be used on this thread, null where
  /// calls are mail.
  detail::engine_ref direct() const {
    return at_->direct();
  }

  detail::endpoint_ptr at_;
};

} // namespace actor_cache
