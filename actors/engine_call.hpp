#pragma once

#include "actor_cache/detail/ask_engine.hpp"

#include <caf/message.hpp>

#include <string_view>
#include <tuple>
#include <utility>

namespace actor_cache::detail {

/// The messages that end what `msg::acquire` has begun: no calls of their own
/// to telemetry.
using ending_ops = op_list<msg::fulfil, msg::abandon>;

template <class Op>
std::string_view key_in(const Op& op) {
  if constexpr (requires { op.key; })
    return op.key;
  else
    return {};
}

/// Makes the call that a message asks for.
template <class Op>
caf::expected<typename Op::result> call(engine& target, const Op& op) {
  if constexpr (capability_message<Op>) {
    return perform_observed(target, op);
  } else {
    auto run = [&] {
      return std::apply(
        [&](const auto&... xs) {
          return (target.*Op::method)(op.*xs.member...);
        },
        Op::fields);
    };
    if constexpr (!is_one_of<Op, ending_ops>) {
      return observed_as<Op>(target, key_in(op), run);
    } else {
      auto result = run();
      if (!result)
        target.report_error("get_or_create", result.error());
      return result;
    }
  }
}

/// Returns what is to be sent as the answer of a call.
template <class T>
caf::message to_message(caf::expected<T> x) {
  if (!x)
    return caf::make_message(std::move(x.error()));
  if constexpr (std::is_void_v<T>)
    return caf::make_message();
  else
    return caf::make_message(std::move(*x));
}

} // namespace actor_cache::detail
