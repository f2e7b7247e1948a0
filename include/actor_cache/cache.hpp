#pragma once

#include "actor_cache/async.hpp"
#include "actor_cache/detail/cache_calls.hpp"
#include "actor_cache/detail/endpoint.hpp"
#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/store_access.hpp"

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

/// Stands for whatever adapter the cache has.
struct any_adapter {
  /// The adapter that a cache must have for such a handle; any if empty.
  static constexpr std::string_view name = {};

  /// What handles offer beyond the calls that every cache answers.
  template <class Cache, class V>
  class calls {};
};

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
              public Adapter::template calls<cache<V, Adapter>, V> {
public:
  using value_type = V;

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
  /// call is mail then. Blocks until the connection is there.
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
  /// lives; it ends with that actor.
  static cache over_mail(caf::actor_system& system, std::string name,
                         cache_actor actor) {
    return cache{std::make_shared<const detail::endpoint>(
      system, std::move(name), std::move(actor))};
  }

  /// Returns the same calls for the actor `self`: none blocks, and answers
  /// arrive in the actor. Each waits for `timeout` at most.
  template <class Self>
  async_cache<V, Self> async(Self* self, timespan timeout) const {
    return {self, at_, timeout};
  }

  template <class Self>
  async_cache<V, Self> async(Self* self) const {
    return {self, at_, at_->call_timeout()};
  }

  const std::string& name() const noexcept {
    return at_->name();
  }

  /// Returns the actor that runs the cache now, for typed messages. After a
  /// restart it is another one.
  caf::expected<cache_actor> actor() const {
    return at_->actor();
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
      return detail::explained(
        detail::to_value<V>{}(
          engine != nullptr ? engine->get_or_create(key, make_loader, options)
                            : at_->get_or_create(key, make_loader, options)),
        name(), key);
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
  /// returned last. Without a `lifetime` an entry keeps its deadline.
  /// (ElixirCache: Agent's `get_and_update`.)
  template <class F>
    requires std::invocable<F&, std::optional<V>>
  auto update(std::string_view key, F f,
              std::optional<ttl> lifetime = std::nullopt) const
    -> caf::expected<std::invoke_result_t<F&, std::optional<V>>> {
    for (;;) {
      auto current = this->get_versioned(key);
      if (!current)
        return std::move(current.error());
      auto next = try_update(key, f, *current, lifetime);
      if (next || next.error() != errc::version_conflict)
        return next;
    }
  }

  /// Calls `f(key, value)` for all entries while other callers go on; each
  /// entry that is there all the time is seen exactly once. `f` may return
  /// `false` to stop.
  template <class F>
  caf::expected<void> for_each(F f) const {
    std::string cursor;
    do {
      auto part = this->scan(std::move(cursor));
      if (!part)
        return std::move(part.error());
      for (auto& [key, content] : part->entries)
        if (!detail::visit_entry(f, key, content.value))
          return {};
      cursor = std::move(part->cursor);
    } while (!cursor.empty());
    return {};
  }

private:
  friend class detail::cache_calls<cache, V>;

  /// Lets the calls of one adapter at what only its store can do.
  friend class detail::store_access;

  explicit cache(detail::endpoint_ptr at) : at_(std::move(at)) {
    // nop
  }

  template <class Op, class Convert, class... Ts>
  auto call(Convert convert, Ts&&... xs) const {
    auto key = detail::key_of(xs...);
    return detail::guarded([&] {
      auto engine = at_->direct();
      return detail::explained(
        convert(
          engine != nullptr
            ? ((*engine).*Op::method)(std::forward<Ts>(xs)...)
            : at_->ask(detail::make_message<Op>(std::forward<Ts>(xs)...))),
        name(), key);
    });
  }

  /// Returns the engine whose store may be used on this thread, null where
  /// calls are mail.
  detail::engine_ref direct() const {
    return at_->direct();
  }

  template <class F>
  auto try_update(std::string_view key, F& f,
                  std::optional<versioned<V>>& current,
                  std::optional<ttl> lifetime) const
    -> caf::expected<std::invoke_result_t<F&, std::optional<V>>> {
    using result_type
      = caf::expected<std::invoke_result_t<F&, std::optional<V>>>;
    return detail::guarded([&]() -> result_type {
      auto seen = current ? current->version : 0;
      auto next = f(current ? std::optional<V>{std::move(current->value)}
                            : std::nullopt);
      if constexpr (std::same_as<decltype(next), std::optional<V>>) {
        if (!next) {
          if (seen == 0)
            return next;
          auto erased = this->erase_if(key, seen);
          return erased ? result_type{next} : std::move(erased.error());
        }
        auto stored = write_back(key, *next, seen, lifetime);
        return stored ? result_type{std::move(next)}
                      : std::move(stored.error());
      } else {
        auto stored = write_back(key, next, seen, lifetime);
        return stored ? result_type{std::move(next)}
                      : std::move(stored.error());
      }
    });
  }

  caf::expected<version> write_back(std::string_view key, const V& value,
                                    version seen,
                                    std::optional<ttl> lifetime) const {
    if (lifetime)
      return this->put_if(key, value, seen, lifetime);
    return this->rewrite(key, value, seen);
  }

  detail::endpoint_ptr at_;
};

} // namespace actor_cache
