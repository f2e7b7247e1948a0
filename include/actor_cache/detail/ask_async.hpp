#pragma once

#include "actor_cache/detail/caf_compat.hpp"
#include "actor_cache/detail/endpoint.hpp"

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
void ask_async(reply_order<First> order, Self* self, const endpoint_ptr& at,
               timespan timeout, Op op, Done done) {
  using type = typename Op::result;
  auto hdl = at->actor();
  if (!hdl) {
    done(caf::expected<type>{std::move(hdl.error())});
    return;
  }
  auto shared = std::make_shared<Done>(std::move(done));
  auto failed = [at, shared](caf::error& err) {
    (*shared)(caf::expected<type>{at->translate(std::move(err))});
  };
  auto pending = request(self, *hdl, timeout, std::move(op));
  if constexpr (std::is_void_v<type>)
    on_reply(
      order, std::move(pending), [shared] { (*shared)(caf::expected<void>{}); },
      std::move(failed));
  else
    on_reply(
      order, std::move(pending),
      [shared](type& x) { (*shared)(caf::expected<type>{std::move(x)}); },
      std::move(failed));
}

/// Returns the value of `key` or loads it in `self`, and calls `done` with a
/// `caf::expected<term>`.
template <bool First, class Self, class Done>
void load_async(reply_order<First> order, Self* self, const endpoint_ptr& at,
                timespan timeout, std::string key, loader make,
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
    if (auto value = run_loader(make, at->name()))
      ask_async(order, self, at, timeout,
                msg::fulfil{turn->id, std::move(*value), options},
                std::move(loaded));
    else
      ask_async(order, self, at, timeout,
                msg::abandon{turn->id, std::move(value.error()), options},
                std::move(loaded));
  };
  ask_async(order, self, at, add_spans(options.wait_timeout, timeout),
            msg::acquire{std::move(key), options}, std::move(boarded));
}

} // namespace actor_cache::detail
