#pragma once

#include <caf/timespan.hpp>

#include <utility>

namespace examples {

/// Sends a request. The examples compile with both generations of CAF, which
/// spell this differently; a program of your own writes the one that it has.
template <class Self, class Handle, class... Ts>
auto ask(Self&& self, const Handle& to, caf::timespan timeout, Ts&&... xs) {
  if constexpr (requires { self->mail(std::forward<Ts>(xs)...); })
    return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
  else
    return self->request(to, timeout, std::forward<Ts>(xs)...);
}

} // namespace examples
