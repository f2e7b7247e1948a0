#pragma once

#include "actor_cache/hash_ops.hpp"
#include "actor_cache/redis_reply.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/types.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace actor_cache::redis_wire {

// What replies of Redis mean.

/// Makes the error for a reply that the command cannot have.
caf::error unexpected(const redis_reply& reply);

/// Turns the error that a server replied into one of ours.
caf::expected<redis_reply> answer(caf::expected<redis_reply> reply);

/// Returns the number that a server replied.
caf::expected<int64_t> integer_of(caf::expected<redis_reply> reply);

/// Returns the list that a server replied.
caf::expected<redis_reply::array> list_of(caf::expected<redis_reply> reply);

/// Returns the text that a server replied.
caf::expected<std::string> text_of(redis_reply reply);

/// Returns the number of zero or more that a server replied.
caf::expected<uint64_t> count_of(caf::expected<redis_reply> x);

/// Moves the bytes out of a reply, if it has any.
caf::expected<std::optional<term>> optional_term_of(redis_reply& x);

caf::expected<std::vector<term>> terms_of(caf::expected<redis_reply> x);

/// Reads names and values, one after the other.
caf::expected<hash_fields> fields_of(redis_reply x);

/// The reply of the SCAN family.
struct scan_part {
  std::string cursor;
  redis_reply::array items;
};

caf::expected<scan_part> scan_part_of(redis_reply& x);

/// Rounds up: nothing ends before its time.
inline int64_t to_milliseconds(timespan x) {
  constexpr int64_t unit = 1'000'000;
  return x.count() / unit + (x.count() % unit > 0 ? 1 : 0);
}

} // namespace actor_cache::redis_wire
