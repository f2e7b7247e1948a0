#pragma once

#include "actor_cache/term.hpp"

#include <caf/expected.hpp>

#include <cstdint>

namespace actor_cache::detail {

enum class arithmetic_op : uint8_t { add, subtract };

/// Combines two terms that hold numbers of one type; an empty `lhs` counts as
/// zero.
/// @returns `errc::type_mismatch` where they do not, `errc::invalid_argument`
///          where the result is out of the type's range
caf::expected<term> combine(const term& lhs, arithmetic_op op, const term& rhs);

} // namespace actor_cache::detail
