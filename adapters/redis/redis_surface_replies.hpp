#pragma once

#include "actor_cache/errc.hpp"
#include "actor_cache/hash_ops.hpp"
#include "actor_cache/redis_reply.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

// What replies of Redis mean.

namespace actor_cache::detail {

/// What a server of Redis' never answers to what was asked.
inline caf::error unexpected_reply() {
  return make_error(errc::corrupt_value,
                    "the Redis server's reply is not what the command is "
                    "documented to give");
}

/// Rounds up: nothing ends before its time.
inline int64_t to_milliseconds(timespan x) {
  constexpr int64_t unit = 1'000'000;
  return x.count() / unit + (x.count() % unit > 0 ? 1 : 0);
}

inline caf::expected<uint64_t> to_count(caf::expected<redis_reply> x) {
  if (!x)
    return std::move(x.error());
  if (x->integer() == nullptr || *x->integer() < 0)
    return unexpected_reply();
  return static_cast<uint64_t>(*x->integer());
}

/// Moves the bytes out of a reply.
inline caf::expected<std::optional<term>> to_optional_term(redis_reply& x) {
  if (x.is_nil())
    return std::optional<term>{};
  if (x.string() == nullptr)
    return unexpected_reply();
  return std::optional{term::from_bytes(std::move(*x.string()))};
}

inline caf::expected<std::vector<term>> to_terms(caf::expected<redis_reply> x) {
  if (!x)
    return std::move(x.error());
  auto* items = x->items();
  if (items == nullptr)
    return unexpected_reply();
  std::vector<term> result;
  result.reserve(items->size());
  for (auto& item : *items) {
    if (item.string() == nullptr)
      return unexpected_reply();
    result.push_back(term::from_bytes(std::move(*item.string())));
  }
  return result;
}

/// Reads names and values, one after the other.
inline caf::expected<hash_fields> to_fields(redis_reply x) {
  auto* items = x.items();
  if (items == nullptr || items->size() % 2 != 0)
    return unexpected_reply();
  hash_fields result;
  result.reserve(items->size() / 2);
  for (size_t i = 0; i < items->size(); i += 2) {
    auto* name = (*items)[i].string();
    auto* value = (*items)[i + 1].string();
    if (name == nullptr || value == nullptr)
      return unexpected_reply();
    result.emplace_back(std::move(*name), term::from_bytes(std::move(*value)));
  }
  return result;
}

/// The reply of the SCAN family.
struct scan_part {
  std::string cursor;
  redis_reply::array items;
};

inline caf::expected<scan_part> to_scan_part(redis_reply& x) {
  auto* parts = x.items();
  if (parts == nullptr || parts->size() != 2 || (*parts)[0].string() == nullptr
      || (*parts)[1].items() == nullptr)
    return unexpected_reply();
  return scan_part{std::move(*(*parts)[0].string()),
                   std::move(*(*parts)[1].items())};
}

} // namespace actor_cache::detail
