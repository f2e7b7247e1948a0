#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/endpoint.hpp"
#include "actor_cache/detail/open_load.hpp"

#include <caf/actor_cast.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace actor_cache::detail {

/// Whether an actor handles an answer before all other messages.
template <bool First>
struct reply_order {};

template <class Pending, class F, class OnError>
void on_reply(reply_order<true>, Pending&& pending, F f, OnError on_error) {
  std::move(pending).await(std::move(f), std::move(on_error));
}

template <class Pending, class F, class OnError>
void on_reply(reply_order<false>, Pending&& pending, F f, OnError on_error) {
  std::move(pending).then(std::move(f), std::move(on_error));
}

/// Sends `op` and calls `done` with a `caf::expected` of its answer in `self`.
template <bool First, class Self, message Op, class Done>
void ask_async(reply_order<First> order, Self* self, endpoint_ptr at,
               timespan timeout, Op op, Done done) {
  using type = typename Op::result;
  auto hdl = at->actor();
  if (!hdl) {
    done(caf::expected<type>{std::move(hdl.error())});
    return;
  }
  auto timer = at->timer_of<Op>(timeout);
  // Many actors share the endpoint: each reference to it is dear.
  struct asked {
    endpoint_ptr at;
    Done done;
  };
  auto shared = std::make_shared<asked>(asked{std::move(at), std::move(done)});
  auto failed = [shared](caf::error& err) {
    shared->done(caf::expected<type>{shared->at->translate(std::move(err))});
  };
  auto pending = request(self, caf::actor_cast<actor_for<Op>>(std::move(*hdl)),
                         timer, std::move(op));
  if constexpr (std::is_void_v<type>)
    on_reply(
      order, std::move(pending),
      [shared] { shared->done(caf::expected<void>{}); }, std::move(failed));
  else
    on_reply(
      order, std::move(pending),
      [shared](type& x) { shared->done(caf::expected<type>{std::move(x)}); },
      std::move(failed));
}

/// Ends a lease with what `make` returns.
template <bool First, class Self, class Done>
void run_load(reply_order<First> order, Self* self, const endpoint_ptr& at,
              timespan timeout, uint64_t lease, const loader& make,
              const load_options& options, Done done) {
  if (auto value = run_loader(make, at->name()))
    ask_async(order, self, at, timeout,
              msg::fulfil{lease, std::move(*value), options}, std::move(done));
  else
    ask_async(order, self, at, timeout,
              msg::abandon{lease, std::move(value.error()), options},
              std::move(done));
}

/// Has `make` begin a load that ends the lease, and waits for that as others
/// do.
template <bool First, class Self, class Done>
void run_load(reply_order<First> order, Self* self, const endpoint_ptr& at,
              timespan timeout, uint64_t lease, const load_starter& make,
              const load_options& options, Done done) {
  auto hdl = at->actor();
  if (!hdl) {
    done(caf::expected<term>{std::move(hdl.error())});
    return;
  }
  // Sent before the load begins: afterwards it might be over.
  ask_async(order, self, at, add_spans(options.wait_timeout, timeout),
            msg::await_load{lease}, std::move(done));
  auto load = std::make_shared<open_load>(*hdl, at->name(), lease, options);
  auto begun = run_loader(
    [&]() -> caf::expected<term> {
      make(load);
      return term{};
    },
    at->name());
  if (!begun)
    load->end(std::move(begun.error()));
}

/// Returns the value of `key` or has `make`, a `loader` or a `load_starter`,
/// load it in `self`, and calls `done` with a `caf::expected<term>`.
template <bool First, class Self, class Make, class Done>
void load_async(reply_order<First> order, Self* self, const endpoint_ptr& at,
                timespan timeout, std::string key, Make make,
                const load_options& options, Done done) {
  auto boarded = [=,
                  make = std::move(make)](caf::expected<lease> turn) mutable {
    if (!turn) {
      done(std::move(turn.error()));
      return;
    }
    auto serves_now = turn->value.has_value();
    if (serves_now)
      done(std::move(*turn->value));
    if (turn->id == 0)
      return;
    auto loaded = [serves_now, done](caf::expected<term> x) mutable {
      if (!serves_now)
        done(std::move(x));
    };
    run_load(order, self, at, timeout, turn->id, make, options,
             std::move(loaded));
  };
  ask_async(order, self, at, add_spans(options.wait_timeout, timeout),
            msg::acquire{std::move(key), options}, std::move(boarded));
}

} // namespace actor_cache::detail
