// The part of the surface that is about JSON documents.

#include "actor_cache/errc.hpp"

#include "../json/document.hpp"
#include "redis_surface.hpp"
#include "replies.hpp"

#include <fmt/format.h>

namespace actor_cache::redis_wire {

namespace {

/// Checks what the server would say less about, or round.
caf::error check(const json_path& path,
                 const std::vector<std::string>& values) {
  if (auto parsed = detail::parse_json_path(path.text());
      !parsed && parsed.error() == errc::invalid_argument)
    return std::move(parsed.error());
  for (const auto& x : values)
    if (auto parsed = detail::parse_document(x); !parsed)
      return std::move(parsed.error());
  return {};
}

/// Writes numbers, and arrays of them, as JSON.
caf::expected<std::string> to_json(const redis_reply& x) {
  if (x.is_nil())
    return std::string{"null"};
  if (const auto* number = x.integer())
    return std::to_string(*number);
  if (const auto* text = x.string())
    return *text;
  if (x.items() == nullptr)
    return unexpected(x);
  std::string result = "[";
  for (const auto& item : *x.items()) {
    auto part = to_json(item);
    if (!part)
      return part;
    result += (result.size() > 1 ? "," : "") + *part;
  }
  return result + "]";
}

caf::expected<std::string> to_json(const caf::expected<redis_reply>& x) {
  if (!x)
    return x.error();
  return to_json(*x);
}

} // namespace

caf::expected<redis_reply>
redis_surface::on_document(const char* name, std::string_view key,
                           const json_path& path,
                           const std::vector<std::string>& values,
                           time_point now) {
  if (auto err = check(path, values); !err.empty())
    return err;
  redis_command command{name, full(key), path.text()};
  command.insert(command.end(), values.begin(), values.end());
  return run_one(std::move(command), now);
}

caf::expected<std::optional<json_text>>
redis_surface::json_get(std::string_view key, const json_path& path,
                        time_point now) {
  auto reply = on_document("JSON.GET", key, path, {}, now);
  if (!reply)
    return std::move(reply.error());
  if (reply->is_nil())
    return std::optional<json_text>{};
  if (reply->string() == nullptr)
    return unexpected(*reply);
  return std::optional{json_text{std::move(*reply->string())}};
}

caf::expected<bool>
redis_surface::json_set(std::string_view key, const json_path& path,
                        const std::string& value, time_point now) {
  auto reply = on_document("JSON.SET", key, path, {value}, now);
  if (!reply)
    return std::move(reply.error());
  return !reply->is_nil();
}

caf::expected<uint64_t> redis_surface::json_delete(std::string_view key,
                                                   const json_path& path,
                                                   time_point now) {
  return count_of(on_document("JSON.DEL", key, path, {}, now));
}

caf::expected<std::string>
redis_surface::json_incr(std::string_view key, const json_path& path,
                         const std::string& step, time_point now) {
  return to_json(on_document("JSON.NUMINCRBY", key, path, {step}, now));
}

caf::expected<uint64_t> redis_surface::json_clear(std::string_view key,
                                                  const json_path& path,
                                                  time_point now) {
  return count_of(on_document("JSON.CLEAR", key, path, {}, now));
}

caf::expected<std::string>
redis_surface::json_array_append(std::string_view key, const json_path& path,
                                 const std::vector<std::string>& values,
                                 time_point now) {
  if (values.empty())
    return make_error(errc::invalid_argument,
                      "json_array_append: no values; accepted is one or more");
  return to_json(on_document("JSON.ARRAPPEND", key, path, values, now));
}

} // namespace actor_cache::redis_wire
