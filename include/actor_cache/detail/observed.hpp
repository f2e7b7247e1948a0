#pragma once

#include "actor_cache/detail/engine.hpp"
#include "actor_cache/detail/guard.hpp"
#include "actor_cache/types.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace actor_cache::detail {

/// A call as telemetry knows it.
struct call_name {
  /// For example "get".
  std::string_view operation;

  /// Null for calls that are about no key, or about many.
  std::string_view key = {};
};

/// Tells of one call of a cache: that it begins, and how it ends.
class call_span {
public:
  call_span(engine& target, const call_name& what);

  call_span(const call_span&) = delete;

  call_span& operator=(const call_span&) = delete;

  /// Called when the call has returned.
  void stop(uint64_t misses, const caf::error* failure);

  /// Called in the handler of an exception that leaves the call.
  void fail() noexcept;

private:
  void finish(std::string_view phase, std::string_view reason);

  engine& target_;
  const call_name what_;

  /// The events that somebody wants, as bits of `telemetry_gate`.
  uint32_t wanted_;
  uint64_t id_ = 0;
  time_point began_{};
};

/// Says of the answer of any call that nothing was looked for in vain.
struct no_misses {
  template <class T>
  uint64_t operator()(const T&) const noexcept {
    return 0;
  }
};

/// Calls `f` and tells those who watch.
template <class F, class Misses>
std::invoke_result_t<F&>
watched_call(engine& target, const call_name& what, F& f, Misses misses) {
  call_span span{target, what};
  try {
    auto result = f();
    if constexpr (std::is_void_v<typename value_of<decltype(result)>::type>)
      span.stop(0, result ? nullptr : &result.error());
    else
      span.stop(result ? misses(*result) : 0,
                result ? nullptr : &result.error());
    return result;
  } catch (...) {
    span.fail();
    throw;
  }
}

/// Makes one call of a user's: returns what `f` does, a `caf::expected`. All
/// calls on all roads pass through here. While nobody watches, that costs a
/// look at a flag and one at the result.
template <class F, class Misses = no_misses>
std::invoke_result_t<F&>
observed(engine& target, const call_name& what, F&& f, Misses misses = {}) {
  if (target.watched()) [[unlikely]]
    return watched_call(target, what, f, misses);
  try {
    auto result = f();
    if (!result) [[unlikely]]
      target.count_error(result.error());
    return result;
  } catch (...) {
    target.count_error(current_exception_error());
    throw;
  }
}

} // namespace actor_cache::detail
