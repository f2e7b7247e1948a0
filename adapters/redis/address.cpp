#include "address.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace actor_cache::redis_wire {

namespace {

constexpr uint16_t default_port = 6379;

caf::error refuse(std::string_view what) {
  return make_error(errc::invalid_argument, std::string{what});
}

template <class T>
std::optional<T> to_number(std::string_view text) {
  T result{};
  auto [end, err] = std::from_chars(text.data(), text.data() + text.size(),
                                    result);
  if (err != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

/// Takes what comes before `mark` off the front of `text`.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
  auto pos = text.find(mark);
  if (pos == std::string_view::npos)
    return std::nullopt;
  auto result = text.substr(0, pos);
  text.remove_prefix(pos + 1);
  return result;
}

/// Decodes %41 and the like (RFC 3986, section 2.1).
std::optional<std::string> unescape(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    if (text.front() != '%') {
      result += text.front();
      text.remove_prefix(1);
      continue;
    }
    unsigned char byte = 0;
    auto hex = text.substr(1, 2);
    auto [end, err] = std::from_chars(hex.data(), hex.data() + hex.size(), byte,
                                      16);
    if (hex.size() != 2 || err != std::errc{} || end != hex.data() + 2)
      return std::nullopt;
    result += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return result;
}

/// Reads "user:password", ":password" or "user" before the "@".
caf::error read_user(std::string_view text, login& as) {
  auto password = text;
  auto user = cut(password, ':');
  auto name = unescape(user.value_or(text));
  auto secret = unescape(user ? password : std::string_view{});
  if (!name || !secret)
    return refuse("the user or password has a % that two hexadecimal digits "
                  "do not follow");
  as.username = std::move(*name);
  as.password = std::move(*secret);
  return {};
}

caf::error read_database(std::string_view text, login& as) {
  if (text.empty())
    return {};
  auto number = to_number<uint32_t>(text);
  if (!number)
    return refuse("the database is no number");
  as.database = *number;
  return {};
}

caf::error read_query(std::string_view text, login& as) {
  if (text.empty())
    return {};
  constexpr std::string_view known = "db=";
  if (text.starts_with(known))
    return read_database(text.substr(known.size()), as);
  return refuse("the query is not \"db=<number>\"");
}

caf::expected<target> read_socket(std::string_view rest) {
  target result;
  if (auto user = rest.starts_with('/') ? std::nullopt : cut(rest, '@'))
    if (auto err = read_user(*user, result.as); !err.empty())
      return err;
  auto path = cut(rest, '?');
  if (auto err = read_query(path ? rest : std::string_view{}, result.as);
      !err.empty())
    return err;
  auto decoded = unescape(path.value_or(rest));
  if (!decoded || !decoded->starts_with('/'))
    return refuse("a path must follow unix://, e.g. unix:///run/redis.sock");
  result.at.host = std::move(*decoded);
  return result;
}

caf::expected<target> read_authority(std::string_view rest) {
  target result;
  if (auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (auto err = read_user(rest.substr(0, at), result.as); !err.empty())
      return err;
    rest.remove_prefix(at + 1);
  }
  auto place = rest;
  std::string_view query;
  if (auto pos = place.find('?'); pos != std::string_view::npos) {
    query = place.substr(pos + 1);
    place = place.substr(0, pos);
  }
  std::string_view database;
  if (auto pos = place.find('/'); pos != std::string_view::npos) {
    database = place.substr(pos + 1);
    place = place.substr(0, pos);
  }
  if (auto err = read_database(database, result.as); !err.empty())
    return err;
  if (auto err = read_query(query, result.as); !err.empty())
    return err;
  auto at = parse_address(place.empty() ? "127.0.0.1" : place);
  // Without its @, a password stands where the port should be.
  if (!at)
    return refuse(
      "the server is not \"host\", \"host:port\" or \"[::1]:port\"");
  result.at = std::move(*at);
  return result;
}

} // namespace

std::string to_string(const address& x) {
  if (x.is_path())
    return x.host;
  if (x.host.find(':') != std::string::npos)
    return fmt::format("[{}]:{}", x.host, x.port);
  return fmt::format("{}:{}", x.host, x.port);
}

caf::expected<address> parse_address(std::string_view text) {
  auto host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == std::string_view::npos)
      return refuse(fmt::format("\"{}\" lacks a ]", text));
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else if (auto pos = text.rfind(':'); pos != std::string_view::npos) {
    host = text.substr(0, pos);
    port = text.substr(pos);
  }
  if (host.empty())
    return refuse(fmt::format("\"{}\" names no host", text));
  if (port.empty())
    return address{std::string{host}, default_port};
  auto number = to_number<uint16_t>(port.substr(1));
  if (!port.starts_with(':') || !number || *number == 0)
    return refuse(fmt::format("the port in \"{}\" is no number within 1 to "
                              "65535",
                              text));
  return address{std::string{host}, *number};
}

caf::expected<target> parse_uri(std::string_view uri) {
  constexpr std::string_view unix_scheme = "unix://";
  constexpr std::string_view plain_scheme = "redis://";
  constexpr std::string_view tls_scheme = "rediss://";
  if (uri.starts_with(unix_scheme))
    return read_socket(uri.substr(unix_scheme.size()));
  if (uri.starts_with(plain_scheme))
    return read_authority(uri.substr(plain_scheme.size()));
  if (!uri.starts_with(tls_scheme))
    return refuse("it must begin with redis://, rediss:// or unix://");
  auto result = read_authority(uri.substr(tls_scheme.size()));
  if (result)
    result->tls = true;
  return result;
}

caf::expected<target> target_of(const redis_options& options) {
  if (!options.uri.empty()) {
    auto result = parse_uri(options.uri);
    if (result)
      result->tls = result->tls || options.ssl.enabled;
    return result;
  }
  target result;
  result.at.host = options.host.empty() ? "127.0.0.1" : options.host;
  if (!result.at.is_path())
    result.at.port = options.port == 0 ? default_port : options.port;
  result.as = {options.username, options.password, options.database};
  result.tls = options.ssl.enabled;
  return result;
}

} // namespace actor_cache::redis_wire
