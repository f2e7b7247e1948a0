#pragma once

#include <cstddef>
#include <type_traits>

namespace actor_cache::test {

/// Converts to whatever a member of an aggregate is initialised from.
struct any_member {
  template <class T>
  operator T() const;
};

/// Returns how many members the aggregate `T` has.
template <class T, class... Members>
constexpr size_t member_count() {
  if constexpr (requires { T{Members{}..., any_member{}}; })
    return member_count<T, Members..., any_member>();
  else
    return sizeof...(Members);
}

} // namespace actor_cache::test
