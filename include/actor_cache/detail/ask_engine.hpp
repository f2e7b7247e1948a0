#pragma once

#include "actor_cache/detail/guard.hpp"
#include "actor_cache/detail/message.hpp"
#include "actor_cache/detail/observed.hpp"
#include "actor_cache/detail/perform.hpp"
#include "actor_cache/detail/raw_type_name.hpp"
#include "actor_cache/messages.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::detail {

/// How telemetry calls the call `Op`: as its message.
template <class Op>
inline constexpr std::string_view operation_name
  = raw_type_name<Op>().substr(raw_type_name<Op>().rfind(':') + 1);

/// The calls that count misses where they find nothing.
using searching_ops = op_list<msg::get, msg::get_entry, msg::take,
                              msg::get_many, msg::lookup, msg::take_all>;

/// Counts what a call has looked for in vain.
struct count_misses {
  template <class T>
  uint64_t operator()(const std::optional<T>& x) const noexcept {
    return x ? 0 : 1;
  }

  uint64_t operator()(const object_list& xs) const noexcept {
    return xs.objects.empty() ? 1 : 0;
  }

  template <class T>
  uint64_t operator()(const std::vector<std::optional<T>>& xs) const noexcept {
    return static_cast<uint64_t>(
      std::count(xs.begin(), xs.end(), std::nullopt));
  }
};

/// Makes the call `Op` as a part of another one.
template <class Op, class... Ts>
caf::expected<typename Op::result> ask_quietly(engine& target, Ts&&... xs) {
  if constexpr (capability_message<Op>)
    return perform(target, make_message<Op>(std::forward<Ts>(xs)...));
  else
    return (target.*Op::method)(std::forward<Ts>(xs)...);
}

/// Makes the call `Op` of a user's, which `run()` does.
template <class Op, class F>
caf::expected<typename Op::result>
observed_as(engine& target, std::string_view key, F&& run) {
  call_name what{operation_name<Op>, key};
  if constexpr (is_one_of<Op, searching_ops>)
    return observed(target, what, run, count_misses{});
  else
    return observed(target, what, run);
}

template <class Op, class... Ts>
caf::expected<typename Op::result> ask_engine(engine& target, Ts&&... xs) {
  if constexpr (capability_message<Op>)
    return perform_observed(target, make_message<Op>(std::forward<Ts>(xs)...));
  else
    return observed_as<Op>(target, key_of(xs...), [&] {
      return (target.*Op::method)(std::forward<Ts>(xs)...);
    });
}

} // namespace actor_cache::detail
