#include "actor_cache/redis_reply.hpp"

namespace actor_cache::detail {

namespace {

enum kind : uint8_t { nil, integer, text, failure, items };

/// Redis itself nests replies less deep.
constexpr size_t max_depth = 128;

void append(const redis_reply& x, std::vector<flat_reply>& out) {
  if (const auto* number = x.integer()) {
    out.push_back({integer, *number, {}});
  } else if (const auto* string = x.string()) {
    out.push_back({text, 0, *string});
  } else if (const auto* error = x.error()) {
    out.push_back({failure, 0, error->message});
  } else if (const auto* array = x.items()) {
    out.push_back({items, static_cast<int64_t>(array->size()), {}});
    for (const auto& item : *array)
      append(item, out);
  } else {
    out.emplace_back();
  }
}

/// Takes a reply from `parts` on; `position` is where the next one begins.
bool take(std::vector<flat_reply>& parts, size_t& position, size_t depth,
          redis_reply& x) {
  if (position == parts.size() || depth == max_depth)
    return false;
  auto& part = parts[position++];
  switch (part.kind) {
    case nil:
      x = {};
      return true;
    case integer:
      x = part.number;
      return true;
    case text:
      x = std::move(part.text);
      return true;
    case failure:
      x = redis_error{std::move(part.text)};
      return true;
    case items:
      break;
    default:
      return false;
  }
  auto size = part.number;
  redis_reply::array array;
  for (int64_t i = 0; i < size; ++i)
    if (!take(parts, position, depth + 1, array.emplace_back()))
      return false;
  x = redis_reply{std::move(array)};
  return size >= 0;
}

} // namespace

std::vector<flat_reply> flatten(const redis_reply& x) {
  std::vector<flat_reply> result;
  append(x, result);
  return result;
}

bool assemble(std::vector<flat_reply> parts, redis_reply& x) {
  size_t position = 0;
  return take(parts, position, 0, x) && position == parts.size();
}

} // namespace actor_cache::detail
