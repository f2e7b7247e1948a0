#include "replies.hpp"

#include "actor_cache/errc.hpp"

#include "redis_errors.hpp"

#include <fmt/format.h>

namespace actor_cache::redis_wire {

using detail::to_error;

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

} // namespace actor_cache::redis_wire
