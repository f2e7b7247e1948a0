#pragma once

#include "actor_cache/detail/ask_async.hpp"
#include "actor_cache/detail/cache_calls.hpp"
#include "actor_cache/detail/guard.hpp"

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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
/// Made by `cache::async`; valid as long as the actor.
template <class V, class Self>
class async_cache : public detail::cache_calls<async_cache<V, Self>, V> {
public:
  async_cache(Self* self, detail::endpoint_ptr at, timespan timeout)
    : self_(self), at_(std::move(at)), timeout_(timeout) {
    // nop
  }

  /// Returns the value of `key`, or the result of `make()`, which is then
  /// stored; `make` runs in the actor. Otherwise as `cache::get_or_create`: one
  /// load runs however many actors and threads miss the key at once.
  template <class F>
  auto get_or_create(std::string_view key, F make,
                     const load_options& options) const {
    return start<V>([at = at_, self = self_, timeout = timeout_,
                     key = std::string{key},
                     make = detail::make_loader<V>(std::move(make)),
                     options](auto order, auto done) mutable {
      auto convert = [at, key, done](caf::expected<term> x) mutable {
        done(detail::explained(detail::to_value<V>{}(std::move(x)), at->name(),
                               key));
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

private:
  friend class detail::cache_calls<async_cache, V>;

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
      detail::ask_async(order, self, at, timeout, std::move(op),
                        [at, key, convert, done](auto x) mutable {
                          done(detail::explained(convert(std::move(x)),
                                                 at->name(), key));
                        });
    });
  }

  Self* self_;
  detail::endpoint_ptr at_;
  timespan timeout_;
};

} // namespace actor_cache
