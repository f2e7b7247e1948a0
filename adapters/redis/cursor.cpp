#include "cursor.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace actor_cache::redis_wire {

caf::error cursor::enter(const std::vector<std::string>& servers) {
  if (server.empty())
    server = servers.front();
  if (std::find(servers.begin(), servers.end(), server) != servers.end())
    return {};
  return make_error(errc::unavailable,
                    fmt::format("the scan was at the server {}, which has left "
                                "the Redis Cluster; it has to begin again",
                                server));
}

std::optional<cursor>
cursor::next(std::string_view reply,
             const std::vector<std::string>& servers) const {
  if (reply != "0")
    return cursor{server, std::string{reply}};
  auto here = std::find(servers.begin(), servers.end(), server);
  if (here == servers.end() || here + 1 == servers.end())
    return std::nullopt;
  return cursor{*(here + 1), "0"};
}

std::string cursor::render() const {
  if (!server.empty())
    return fmt::format("{}@{}", position, server);
  return position == "0" ? std::string{} : position;
}

caf::expected<cursor> cursor::parse(std::string_view text) {
  if (text.empty())
    return cursor{};
  auto end = std::min(text.find('@'), text.size());
  auto position = text.substr(0, end);
  auto server = text.substr(std::min(end + 1, text.size()));
  if (!position.empty()
      && position.find_first_not_of("0123456789") == std::string_view::npos
      && server.empty() == (end == text.size()))
    return cursor{std::string{server}, std::string{position}};
  return make_error(errc::invalid_argument,
                    fmt::format("the cursor is \"{}\"; accepted is what the "
                                "last page said",
                                text));
}

} // namespace actor_cache::redis_wire
