#include "replies.hpp"

#include "actor_cache/errc.hpp"

#include "redis_errors.hpp"

#include <fmt/format.h>

namespace actor_cache::redis_wire {

caf::error unexpected(const redis_reply& reply) {
  if (const auto* err = reply.error())
    return to_error(*err);
  auto what = reply.is_nil()    ? "nil"
              : reply.integer() ? "a number"
              : reply.string()  ? "text"
                                : "a list";
  return make_error(errc::unavailable,
                    fmt::format("Redis replied {}, which the command cannot "
                                "give; is it a Redis server?",
                                what));
}

caf::expected<redis_reply> answer(caf::expected<redis_reply> reply) {
  if (reply)
    if (const auto* err = reply->error())
      return to_error(*err);
  return reply;
}

caf::expected<int64_t> integer_of(caf::expected<redis_reply> reply) {
  if (!reply)
    return std::move(reply.error());
  if (const auto* number = reply->integer())
    return *number;
  return unexpected(*reply);
}

caf::expected<redis_reply::array> list_of(caf::expected<redis_reply> reply) {
  if (!reply)
    return std::move(reply.error());
  if (auto* items = reply->items())
    return std::move(*items);
  return unexpected(*reply);
}

caf::expected<std::string> text_of(redis_reply reply) {
  if (auto* text = reply.string())
    return std::move(*text);
  return unexpected(reply);
}

caf::expected<uint64_t> count_of(caf::expected<redis_reply> x) {
  if (!x)
    return std::move(x.error());
  if (x->integer() == nullptr || *x->integer() < 0)
    return unexpected(*x);
  return static_cast<uint64_t>(*x->integer());
}

caf::expected<std::optional<term>> optional_term_of(redis_reply& x) {
  if (x.is_nil())
    return std::optional<term>{};
  if (x.string() == nullptr)
    return unexpected(x);
  return std::optional{term::from_bytes(std::move(*x.string()))};
}

caf::expected<std::vector<term>> terms_of(caf::expected<redis_reply> x) {
  if (!x)
    return std::move(x.error());
  auto* items = x->items();
  if (items == nullptr)
    return unexpected(*x);
  std::vector<term> result;
  result.reserve(items->size());
  for (auto& item : *items) {
    if (item.string() == nullptr)
      return unexpected(item);
    result.push_back(term::from_bytes(std::move(*item.string())));
  }
  return result;
}

caf::expected<hash_fields> fields_of(redis_reply x) {
  auto* items = x.items();
  if (items == nullptr || items->size() % 2 != 0)
    return unexpected(x);
  hash_fields result;
  result.reserve(items->size() / 2);
  for (size_t i = 0; i < items->size(); i += 2) {
    auto* name = (*items)[i].string();
    auto* value = (*items)[i + 1].string();
    if (name == nullptr || value == nullptr)
      return unexpected(x);
    result.emplace_back(std::move(*name), term::from_bytes(std::move(*value)));
  }
  return result;
}

caf::expected<scan_part> scan_part_of(redis_reply& x) {
  auto* parts = x.items();
  if (parts == nullptr || parts->size() != 2 || (*parts)[0].string() == nullptr
      || (*parts)[1].items() == nullptr)
    return unexpected(x);
  return scan_part{std::move(*(*parts)[0].string()),
                   std::move(*(*parts)[1].items())};
}

} // namespace actor_cache::redis_wire
