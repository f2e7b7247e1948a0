#pragma once

#include "actor_cache/errc.hpp"

#include <caf/expected.hpp>

#include <stdexcept>
#include <type_traits>
#include <utility>

namespace examples {

/// Returns the value of `x`; throws where there is none. For the calls of an
/// example that is not about their errors: `main` catches and prints them.
template <class T>
T must(caf::expected<T> x) {
  if (!x)
    throw std::runtime_error{actor_cache::message_of(x.error())};
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// Throws where `err` is one.
inline void check(const caf::error& err) {
  if (!err.empty())
    throw std::runtime_error{actor_cache::message_of(err)};
}

} // namespace examples
