#pragma once

#include "actor_cache/adapters/con_cache.hpp"
#include "actor_cache/async.hpp"
#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/inner_calls.hpp"
#include "actor_cache/detail/lock_clerk.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/lockable.hpp"

#include <caf/expected.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace actor_cache::detail {

template <class R>
struct section_value {
  using type = R;
};

template <class T>
struct section_value<caf::expected<T>> {
  using type = T;
};

/// What a section returns to its caller: `f` returns that, or a `caf::expected`
/// of it.
template <class F>
using section_result = caf::expected<
  typename section_value<std::decay_t<std::invoke_result_t<F&>>>::type>;

template <class F>
section_result<F> run_section(F& f) {
  return guarded([&]() -> section_result<F> {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      f();
      return {};
    } else {
      return f();
    }
  });
}

/// Lets a thread act for another owner of locks until the end of a scope.
class owner_scope {
public:
  owner_scope(lockable& locks, lockable::owner whom)
    : locks_(locks), before_(locks.act_for(whom)) {
    // nop
  }

  owner_scope(const owner_scope&) = delete;

  owner_scope& operator=(const owner_scope&) = delete;

  ~owner_scope() {
    locks_.act_for(before_);
  }

private:
  lockable& locks_;
  lockable::owner before_;
};

/// Lets writes of a thread do without locks until the end of a scope.
class dirty_scope {
public:
  explicit dirty_scope(lockable* locks) noexcept : locks_(locks) {
    if (locks_ != nullptr)
      locks_->skip_locks(1);
  }

  dirty_scope(const dirty_scope&) = delete;

  dirty_scope& operator=(const dirty_scope&) = delete;

  ~dirty_scope() {
    if (locks_ != nullptr)
      locks_->skip_locks(-1);
  }

private:
  lockable* locks_;
};

/// The calls of `con_cache` about locks.
template <class Cache, class V>
class con_cache_calls {
public:
  // -- sections of the caller's own -------------------------------------------

  /// Calls `f()` while this thread has the lock of `key`, and returns what it
  /// returns: nothing, a value, or a `caf::expected` of either. Threads that do
  /// so with one key take turns, in the order in which they came. The lock says
  /// nothing about reads, and about writes only without `dirty`.
  ///
  /// Sections may be nested, also with the same key. Two threads that take the
  /// same two locks in different order do not get stuck: one of them gets an
  /// error, once its wait would have no end. (ConCache: `isolated/4`.)
  ///
  /// @returns `errc::timeout` after `timeout`, by default
  ///          `acquire_lock_timeout`; `errc::deadlock`; `errc::would_block`
  ///          instead of a wait on a thread of CAF's scheduler;
  ///          `errc::exception` where `f` throws; `errc::not_supported` where
  ///          calls are mail
  template <class F>
    requires std::invocable<F&>
  section_result<F>
  isolated(std::string_view key, F f,
           std::optional<timespan> timeout = std::nullopt) const {
    return store_access::compose(self(), {"isolated", key}, [&] {
      return in_isolation(key, std::move(f), timeout);
    });
  }

  /// Does the same if the lock is free, or this thread's already.
  /// @returns `errc::timeout` where it is not. (ConCache: `try_isolated/4`.)
  template <class F>
    requires std::invocable<F&>
  section_result<F> try_isolated(std::string_view key, F f) const {
    return store_access::compose(self(), {"try_isolated", key}, [&] {
      return in_isolation(key, std::move(f), timespan{0});
    });
  }

  /// Calls `f()` in the actor `self` once it has the lock of `key`; the actor
  /// goes on meanwhile. What `f` returns is the answer. An actor that ends
  /// while it waits gives its place up.
  template <class Self, class F>
    requires std::invocable<F&>
  auto isolated(Self* self, std::string_view key, F f,
                std::optional<timespan> timeout = std::nullopt) const {
    auto start = [cache = this->self(), self, key = std::string{key},
                  f = std::make_shared<F>(std::move(f)),
                  timeout](auto order, auto done) {
      cache.wait_isolated(order, self, key, f, timeout, std::move(done));
    };
    using result = typename value_of<section_result<F>>::type;
    return pending<Self, result, decltype(start)>{self, std::move(start)};
  }

  // -- values -----------------------------------------------------------------

  /// Returns the value of `key`, or the result of `make()`, a `V` or a
  /// `caf::expected<V>`, which is then stored. Callers take turns by the lock
  /// of the key, so that one `make` runs, and never while a section has the
  /// key. Where calls are mail: as `get_or_create`. (ConCache:
  /// `get_or_store/3`.)
  template <class F>
  caf::expected<V>
  get_or_store(std::string_view key, F make,
               std::optional<ttl> lifetime = std::nullopt) const {
    if (store_access::direct(self()) == nullptr)
      return lifetime ? self().get_or_create(key, std::move(make), *lifetime)
                      : self().get_or_create(key, std::move(make));
    return store_access::compose(self(), {"get_or_store", key}, [&] {
      return in_isolation(key, [&] {
        return find_or_store(key, std::move(make), lifetime);
      });
    });
  }

  /// Does the same without the lock: several callers may run `make` at once,
  /// and the last one's value stays. (ConCache: `dirty_get_or_store/3`.)
  template <class F>
  caf::expected<V>
  dirty_get_or_store(std::string_view key, F make,
                     std::optional<ttl> lifetime = std::nullopt) const {
    return store_access::compose(self(), {"dirty_get_or_store", key}, [&] {
      return find_or_store(key, std::move(make), lifetime);
    });
  }

  /// Replaces the value of `key` by `f(value)` under the key's lock; the entry
  /// keeps its deadline without a `lifetime`. `f` takes and returns a `V`.
  /// @returns the new value, `errc::key_not_found` where there is none.
  ///          (ConCache: `update_existing/3`.)
  template <class F>
    requires std::invocable<F&, V>
  caf::expected<V>
  update_existing(std::string_view key, F f,
                  std::optional<ttl> lifetime = std::nullopt) const {
    return store_access::compose(self(), {"update_existing", key}, [&] {
      auto update = [&] {
        return change_existing(key, std::move(f), lifetime);
      };
      if (store_access::direct(self()) == nullptr)
        return update();
      return in_isolation(key, update);
    });
  }

  /// Does the same without the lock; `f` runs again where another caller was
  /// faster.
  template <class F>
    requires std::invocable<F&, V>
  caf::expected<V>
  dirty_update_existing(std::string_view key, F f,
                        std::optional<ttl> lifetime = std::nullopt) const {
    return store_access::compose(self(), {"dirty_update_existing", key}, [&] {
      return change_existing(key, std::move(f), lifetime);
    });
  }

  /// Works as `update`, without the lock of the key. (ConCache:
  /// `dirty_update/3`.)
  template <class F>
  auto dirty_update(std::string_view key, F f,
                    std::optional<ttl> lifetime = std::nullopt) const {
    return store_access::compose(self(), {"dirty_update", key}, [&] {
      return dirty([&] {
        return store_access::update_freely(self(), key, std::move(f), lifetime);
      });
    });
  }

  /// Works as `put`, without the lock of the key. (ConCache: `dirty_put/3`.)
  caf::expected<void>
  dirty_put(std::string_view key, V value,
            std::optional<ttl> lifetime = std::nullopt) const {
    return dirty([&] { return self().put(key, std::move(value), lifetime); });
  }

  /// Works as `erase`, without the lock of the key. (ConCache:
  /// `dirty_delete/2`.)
  caf::expected<void> dirty_erase(std::string_view key) const {
    return dirty([&] { return self().erase(key); });
  }

  /// Returns what became of the events so far.
  /// @returns `errc::not_supported` where calls are mail
  caf::expected<event_counts> events() const {
    auto read = [&]() -> caf::expected<event_counts> {
      auto engine = store_access::direct(self());
      auto* store = store_access::capability<con_cache_backend>(engine);
      if (store == nullptr)
        return no_locks();
      return store->events();
    };
    return store_access::compose(self(), {"events"}, read);
  }

private:
  // Updates of the handle take the lock, too.
  friend Cache;

  const Cache& self() const noexcept {
    return static_cast<const Cache&>(*this);
  }

  inner_calls<Cache, V> inner() const noexcept {
    return inner_calls<Cache, V>{self()};
  }

  /// Works as `isolated`, as a part of another call.
  template <class F>
  section_result<F>
  in_isolation(std::string_view key, F f,
               std::optional<timespan> timeout = std::nullopt) const {
    auto engine = store_access::direct(self());
    auto* locks = store_access::capability<lockable>(engine);
    if (locks == nullptr)
      return no_locks();
    if (auto now = engine->begin_read(); !now)
      return std::move(now.error());
    if (auto err = locks->lock(key, timeout); !err.empty())
      return lock_error(std::move(err));
    held_lock held{*locks, std::string{key}};
    return run_section(f);
  }

  template <class F>
  caf::expected<V> find_or_store(std::string_view key, F make,
                                 std::optional<ttl> lifetime) const {
    auto found = inner().get(key);
    if (!found)
      return std::move(found.error());
    if (*found)
      return std::move(**found);
    caf::expected<V> value = make();
    if (!value)
      return value;
    auto done = dirty([&] { return inner().put(key, *value, lifetime); });
    if (!done)
      return std::move(done.error());
    return value;
  }

  template <class F>
  caf::expected<V> change_existing(std::string_view key, F f,
                                   std::optional<ttl> lifetime) const {
    auto missing = false;
    auto change = [&](std::optional<V> current) -> std::optional<V> {
      missing = !current;
      if (missing)
        return std::nullopt;
      return f(std::move(*current));
    };
    auto next = dirty([&] {
      return store_access::update_freely(self(), key, change, lifetime);
    });
    if (!next)
      return std::move(next.error());
    if (missing)
      return make_error(errc::key_not_found,
                        "cache '" + self().name() + "': there is no key '"
                          + std::string{key} + "' to update");
    return std::move(**next);
  }

  template <class F>
  std::invoke_result_t<F&> dirty(F f) const {
    return guarded([&] {
      auto engine = store_access::direct(self());
      dirty_scope scope{store_access::capability<lockable>(engine)};
      return f();
    });
  }

  template <class Order, class Self, class F, class Done>
  void wait_isolated(Order order, Self* self, const std::string& key,
                     std::shared_ptr<F> f, std::optional<timespan> timeout,
                     Done done) const {
    using result = section_result<F>;
    auto engine = store_access::direct(this->self());
    auto* locks = store_access::capability<lockable>(engine);
    if (locks == nullptr) {
      done(result{no_locks()});
      return;
    }
    if (auto now = engine->begin_read(); !now) {
      done(result{std::move(now.error())});
      return;
    }
    auto span = timeout.value_or(locks->default_timeout());
    auto clerk = spawn_lock_clerk(self->home_system(), engine, key, span);
    auto shared = std::make_shared<Done>(std::move(done));
    auto granted = [f, shared, key](lock_grant& grant) {
      auto held = std::move(grant.held);
      auto section = [&] {
        owner_scope scope{*held->store->template capability<lockable>(),
                          held->owner};
        return run_section(*f);
      };
      auto answer = observed(*held->store, {"isolated", key}, section);
      held.reset();
      (*shared)(std::move(answer));
    };
    auto failed = [cache = this->self(), shared](caf::error& err) {
      (*shared)(result{cache.lock_error(std::move(err))});
    };
    on_reply(order,
             request(self, clerk, static_cast<timespan>(caf::infinite),
                     caf::get_atom_v),
             std::move(granted), std::move(failed));
  }

  caf::error no_locks() const {
    return make_error(errc::not_supported,
                      "cache '" + self().name()
                        + "': locks are for callers in the process of a cache "
                          "with the adapter con_cache, by a handle from find");
  }

  caf::error lock_error(caf::error err) const {
    if (err.category() != caf::type_id_v<errc>)
      return make_error(errc::unavailable, "cache '" + self().name()
                                             + "': nobody waits for the lock ("
                                             + to_string(err) + ")");
    return make_error(static_cast<errc>(err.code()),
                      "cache '" + self().name() + "': " + message_of(err));
  }
};

} // namespace actor_cache::detail
