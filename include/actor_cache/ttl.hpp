#pragma once

#include "actor_cache/types.hpp"

#include <caf/error.hpp>

#include <chrono>
#include <limits>
#include <string>
#include <type_traits>

namespace actor_cache {

/// The type of `infinite`.
struct infinite_t {};

/// A lifetime without an end.
inline constexpr infinite_t infinite{};

/// How long an entry lives: any `std::chrono` duration above zero, or
/// `infinite`. The unit is in the type, so there is no bare number to misread.
/// A lifetime longer than about 146 years is the same as `infinite`; one that
/// is no number (NaN) is refused like one below zero.
class ttl {
public:
  constexpr ttl(infinite_t) noexcept {
    // nop
  }

  template <class Rep, class Period>
  constexpr ttl(std::chrono::duration<Rep, Period> span) noexcept
    : span_(saturate(span)) {
    // nop
  }

  constexpr bool is_infinite() const noexcept {
    return span_ >= longest;
  }

  /// Returns the lifetime as a span; `timespan::max()` stands for infinite.
  constexpr timespan span() const noexcept {
    return is_infinite() ? timespan::max() : span_;
  }

  /// Returns `errc::invalid_argument` for a lifetime of zero or less. `what`
  /// names the argument or option in the message.
  caf::error validate(std::string_view what = "ttl") const;

  /// Returns the deadline of an entry written at `now`.
  constexpr time_point deadline(time_point now) const noexcept {
    if (is_infinite() || now > never - span_)
      return never;
    return now + span_;
  }

  friend constexpr bool operator==(ttl, ttl) noexcept = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, ttl& x) {
    return f.object(x).fields(f.field("span", x.span_));
  }

  /// For deserialisation alone: an infinite lifetime.
  constexpr ttl() noexcept = default;

private:
  static constexpr timespan longest = timespan::max() / 2;

  template <class Rep, class Period>
  static constexpr timespan
  saturate(std::chrono::duration<Rep, Period> span) noexcept {
    using seconds = std::chrono::duration<double>;
    auto length = std::chrono::duration_cast<seconds>(span);
    if (length >= seconds(longest))
      return timespan::max();
    if (!(length > seconds(-longest))) // true for NaN, too
      return -longest;
    return std::chrono::duration_cast<timespan>(span);
  }

  timespan span_ = timespan::max();
};

/// Renders a lifetime, e.g. "1.5s" or "infinite".
std::string to_string(ttl x);

} // namespace actor_cache
