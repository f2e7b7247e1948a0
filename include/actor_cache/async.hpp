#pragma once

#include "actor_cache/any_adapter.hpp"
#include "actor_cache/detail/ask_async.hpp"
#include "actor_cache/detail/ask_engine.hpp"
#include "actor_cache/detail/cache_calls.hpp"
#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/detail/update.hpp"
#include "actor_cache/detail/visit.hpp"
#include "actor_cache/load_promise.hpp"

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace actor_cache::detail {

/// Returns the user's function as a `loader`, or as a `load_starter` where it
/// takes a `load_promise<V>`.
template <class V, class F>
auto make_async_loader(F make) {
  if constexpr (std::invocable<F&, load_promise<V>>)
    return load_starter{
      [make = std::make_shared<F>(std::move(make))](auto load) {
        (*make)(load_promise<V>{std::move(load)});
      }};
  else
    return make_loader<V>(std::move(make));
}

/// What the adapter of a cache offers actors beyond the calls of every cache.
template <class Adapter, class Calls, class V>
struct async_calls_for {
  struct type {};
};

template <class Adapter, class Calls, class V>
  requires requires { typename Adapter::template async_calls<Calls, V>; }
struct async_calls_for<Adapter, Calls, V> {
  using type = typename Adapter::template async_calls<Calls, V>;
};

template <class Adapter, class Calls, class V>
using async_calls_of = typename async_calls_for<Adapter, Calls, V>::type;

} // namespace actor_cache::detail

namespace actor_cache {

/// An answer on its way to an actor. Nothing is sent before `then` or `await`.
///
/// Both take a function for the answer and one for a `caf::error`; without the
/// latter, the actor's own error handler gets it. They run in the actor; where
/// the cache does not run, the error comes at once.
template <class Self, class T, class Start>
class [[nodiscard]] pending {
public:
  pending(Self* self, Start start) : self_(self), start_(std::move(start)) {
    // nop
  }

  /// Calls `f` with the answer when it arrives; the actor goes on meanwhile.
  template <class F, class OnError>
  void then(F f, OnError on_error) && {
    start_(detail::reply_order<false>{},
           join(std::move(f), std::move(on_error)));
  }

  template <class F>
  void then(F f) && {
    std::move(*this).then(std::move(f), default_handler());
  }

  /// Calls `f` with the answer before the actor looks at any other message.
  template <class F, class OnError>
  void await(F f, OnError on_error) && {
    start_(detail::reply_order<true>{},
           join(std::move(f), std::move(on_error)));
  }

  template <class F>
  void await(F f) && {
    std::move(*this).await(std::move(f), default_handler());
  }

  /// Calls `f` with a `caf::expected` of the answer, in the order that `then`
  /// or `await` stand for: the one call of the two.
  template <class Order, class F>
  void start(Order order, F f) && {
    start_(order, std::move(f));
  }

private:
  template <class F, class OnError>
  static auto join(F f, OnError on_error) {
    return [f = std::move(f),
            on_error = std::move(on_error)](caf::expected<T> answer) mutable {
      if (!answer) {
        auto err = answer.error();
        on_error(err);
      } else if constexpr (std::is_void_v<T>) {
        f();
      } else {
        f(std::move(*answer));
      }
    };
  }

  auto default_handler() {
    return [self = self_](caf::error& err) { self->call_error_handler(err); };
  }

  Self* self_;
  Start start_;
};

/// The calls of a cache for an actor: none blocks, each returns a `pending`.
/// Made by `cache::async`; valid as long as the actor. Has the calls of the
/// adapter as well, where those come in this form.
template <class V, class Self, class Adapter = any_adapter>
class async_cache
  : public detail::cache_calls<async_cache<V, Self, Adapter>, V>,
    public detail::async_calls_of<Adapter, async_cache<V, Self, Adapter>, V> {
public:
  async_cache(Self* self, detail::endpoint_ptr at, timespan timeout)
    : self_(self), at_(std::move(at)), timeout_(timeout) {
    // nop
  }

  /// Returns the value of `key`, or what `make` loads, which is then stored.
  /// Otherwise as `cache::get_or_create`: one load runs however many actors and
  /// threads miss the key at once.
  ///
  /// `make` runs in the actor. It returns a `V` or a `caf::expected<V>`, or it
  /// takes a `load_promise<V>`, asks whom it has to, and delivers the value
  /// later; the load then waits for `options.wait_timeout` at most.
  template <class F>
  auto get_or_create(std::string_view key, F make,
                     const load_options& options) const {
    return start<V>([at = at_, self = self_, timeout = timeout_,
                     key = std::string{key},
                     make = detail::make_async_loader<V>(std::move(make)),
                     options](auto order, auto done) mutable {
      auto convert = [at, key, done](caf::expected<term> x) mutable {
        auto answered = static_cast<bool>(x);
        auto value = detail::to_value<V>{}(std::move(x));
        if (answered && !value)
          at->report_error("get_or_create", value.error());
        done(detail::explained(std::move(value), at->name(), key));
      };
      detail::load_async(order, self, at, timeout, std::move(key),
                         std::move(make), options, std::move(convert));
    });
  }

  template <class F>
  auto get_or_create(std::string_view key, F make) const {
    return get_or_create(key, std::move(make), at_->loading());
  }

  template <class F>
  auto get_or_create(std::string_view key, F make, ttl lifetime) const {
    auto options = at_->loading();
    options.ttl = lifetime;
    return get_or_create(key, std::move(make), options);
  }

  /// Replaces the value of `key` by `f(current)`, as `cache::update` does; `f`
  /// runs in the actor, again where another caller was faster.
  template <class F>
    requires std::invocable<F&, std::optional<V>>
  auto update(std::string_view key, F f,
              std::optional<ttl> lifetime = std::nullopt) const {
    return start<detail::update_result<V, F>>(
      [calls = *this, key = std::string{key}, f = std::move(f),
       lifetime](auto order, auto done) mutable {
        using step = detail::async_update<V, async_cache, F, decltype(order),
                                          decltype(done)>;
        std::make_shared<step>(std::move(calls), std::move(key), std::move(f),
                               lifetime, order, std::move(done))
          ->run();
      });
  }

  /// Calls `f(key, value)` in the actor for all entries, as `cache::for_each`
  /// does; the answer says that it is through. The actor may get to other
  /// messages between two pages of entries.
  template <class F>
  auto for_each(F f) const {
    return start<void>([calls = *this, f = std::make_shared<F>(
                                         std::move(f))](auto order, auto done) {
      detail::visit_async<V>(calls, {}, f, order, std::move(done));
    });
  }

private:
  friend class detail::cache_calls<async_cache, V>;

  friend class detail::store_access;

  template <class T, class Start>
  auto start(Start f) const {
    return pending<Self, T, Start>{self_, std::move(f)};
  }

  template <class Op, class Convert, class... Ts>
  auto call(Convert convert, Ts&&... xs) const {
    using answer
      = std::invoke_result_t<Convert, caf::expected<typename Op::result>>;
    using type = typename detail::value_of<answer>::type;
    return start<type>([at = at_, self = self_, timeout = timeout_, convert,
                        key = std::string{detail::key_of(xs...)},
                        op = detail::make_message<Op>(std::forward<Ts>(xs)...)](
                         auto order, auto done) mutable {
      auto answered = [at, key = std::move(key), convert,
                       done = std::move(done)](auto x) mutable {
        auto arrived = static_cast<bool>(x);
        auto value = convert(std::move(x));
        if (arrived && !value)
          at->report_error(detail::operation_name<Op>, value.error());
        done(detail::explained(std::move(value), at->name(), key));
      };
      detail::ask_async(order, self, std::move(at), timeout, std::move(op),
                        std::move(answered));
    });
  }

  Self* self_;
  detail::endpoint_ptr at_;
  timespan timeout_;
};

} // namespace actor_cache
