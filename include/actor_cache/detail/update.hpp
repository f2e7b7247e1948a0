#pragma once

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/store_access.hpp"
#include "actor_cache/detail/visit.hpp"
#include "actor_cache/errc.hpp"
#include "actor_cache/ttl.hpp"

#include <caf/expected.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace actor_cache::detail {

/// What the function of an `update` returns: a `V`, or a `std::optional<V>`
/// that is empty to remove the key.
template <class V, class F>
using update_result = std::invoke_result_t<F&, std::optional<V>>;

/// Calls `f` with what a key has; an exception becomes `errc::exception`.
template <class V, class F>
caf::expected<update_result<V, F>>
call_update(F& f, std::optional<versioned<V>>& current) {
  return guarded([&]() -> caf::expected<update_result<V, F>> {
    return f(current ? std::optional<V>{std::move(current->value)}
                     : std::nullopt);
  });
}

/// Returns what is wrong with the lifetime of an `update`. Asked before `f`
/// runs: where `f` removes the key, no later call would look.
inline caf::error check_lifetime(const std::optional<ttl>& lifetime) {
  return lifetime ? lifetime->validate() : caf::error{};
}

/// Makes the call that writes `next` back where the key still has the version
/// `seen`, and passes to `finish` what the call returns.
template <class V, class Calls, class R, class Finish>
auto write_back(const Calls& calls, std::string_view key, const R& next,
                version seen, std::optional<ttl> lifetime, Finish finish) {
  const V* value = nullptr;
  if constexpr (std::same_as<R, std::optional<V>>) {
    if (!next)
      return finish(calls.erase_if(key, seen));
    value = &*next;
  } else {
    value = &next;
  }
  if (lifetime)
    return finish(calls.put_if(key, *value, seen, lifetime));
  return finish(calls.rewrite(key, *value, seen));
}

/// One `update` that an actor makes: reads, calls `f`, writes back, and begins
/// anew where somebody else was faster.
template <class V, class Calls, class F, class Order, class Done>
class async_update : public std::enable_shared_from_this<
                       async_update<V, Calls, F, Order, Done>> {
public:
  async_update(Calls calls, std::string key, F f, std::optional<ttl> lifetime,
               Order order, Done done)
    : calls_(std::move(calls)),
      key_(std::move(key)),
      f_(std::move(f)),
      lifetime_(lifetime),
      order_(order),
      done_(std::move(done)),
      attempts_(store_access::attempts(calls_)) {
    // nop
  }

  void run() {
    if (auto err = check_lifetime(lifetime_); !err.empty()) {
      done_(std::move(err));
      return;
    }
    calls_.get_versioned(key_).start(order_, [self = this->shared_from_this()](
                                               auto current) {
      if (current)
        self->change(*current);
      else
        self->done_(std::move(current.error()));
    });
  }

private:
  using result = update_result<V, F>;

  void run_again() {
    if (auto late = attempts_.come_too_late(key_); !late.empty())
      done_(std::move(late));
    else
      run();
  }

  void change(std::optional<versioned<V>>& current) {
    auto seen = current ? current->version : version{0};
    auto next
      = std::make_shared<caf::expected<result>>(call_update<V>(f_, current));
    if (!*next) {
      done_(std::move(*next));
      return;
    }
    write_back<V>(calls_, key_, **next, seen, lifetime_, [&](auto pending) {
      std::move(pending).start(order_, [self = this->shared_from_this(),
                                        next](auto written) {
        if (written)
          self->done_(std::move(*next));
        else if (written.error() == errc::version_conflict)
          self->run_again();
        else
          self->done_(std::move(written.error()));
      });
    });
  }

  Calls calls_;
  std::string key_;
  F f_;
  std::optional<ttl> lifetime_;
  Order order_;
  Done done_;
  update_attempts attempts_;
};

} // namespace actor_cache::detail
