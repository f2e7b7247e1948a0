#include "cursor.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <charconv>

namespace actor_cache::redis_wire {

std::optional<cursor> cursor::next(std::string_view reply,
                                   size_t servers) const {
  if (reply != "0")
    return cursor{server, std::string{reply}};
  if (server + 1 < servers)
    return cursor{server + 1, "0"};
  return std::nullopt;
}

std::string cursor::render() const {
  if (server != 0)
    return fmt::format("{}:{}", server, position);
  return position == "0" ? std::string{} : position;
}

caf::expected<cursor> cursor::parse(std::string_view text) {
  if (text.empty())
    return cursor{};
  cursor result;
  auto rest = text;
  if (auto colon = text.find(':'); colon != std::string_view::npos) {
    auto* last = text.data() + colon;
    auto [end, err] = std::from_chars(text.data(), last, result.server);
    rest = err == std::errc{} && end == last ? text.substr(colon + 1) : "";
  }
  if (!rest.empty()
      && rest.find_first_not_of("0123456789") == std::string_view::npos) {
    result.position = rest;
    return result;
  }
  return make_error(errc::invalid_argument,
                    fmt::format("the cursor is \"{}\"; accepted is what the "
                                "last page said",
                                text));
}

} // namespace actor_cache::redis_wire
