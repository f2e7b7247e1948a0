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
  if (server == 0 && position == "0")
    return {};
  return fmt::format("{}:{}", server, position);
}

caf::expected<cursor> cursor::parse(std::string_view text) {
  if (text.empty())
    return cursor{};
  cursor result;
  auto [end, err] = std::from_chars(text.data(), text.data() + text.size(),
                                    result.server);
  auto rest = text.substr(static_cast<size_t>(end - text.data()));
  if (err == std::errc{} && rest.size() > 1 && rest.front() == ':'
      && rest.find_first_not_of("0123456789", 1) == std::string_view::npos) {
    result.position = rest.substr(1);
    return result;
  }
  return make_error(errc::invalid_argument,
                    fmt::format("the cursor is \"{}\"; accepted is what the "
                                "last page said",
                                text));
}

} // namespace actor_cache::redis_wire
