#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/errc.hpp"

#include "address.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace actor_cache {

namespace {

caf::error refuse(std::string_view option, std::string_view what) {
  return make_error(errc::invalid_argument,
                    fmt::format("redis_options::{} {}", option, what));
}

/// Whether a text that should name a host looks like a URI, in which a password
/// may stand: it must not be shown.
bool may_hold_password(std::string_view text) {
  return !text.starts_with('/')
         && (text.find('@') != text.npos || text.find("://") != text.npos);
}

caf::error validate_target(const redis_options& x) {
  if (may_hold_password(x.host))
    return refuse("host", "has an @ or ://; accepted is a host alone, or else "
                          "the option uri");
  if (!x.uri.empty()
      && (!x.host.empty() || x.port != 0 || !x.username.empty()
          || !x.password.empty() || x.database != 0))
    return refuse("uri", "is set beside host, port, username, password or "
                         "database; accepted is either");
  auto target = redis_wire::target_of(x);
  if (!target)
    return refuse("uri", fmt::format("is not accepted: {}",
                                     message_of(target.error())));
  if (target->as.database > 65535)
    return refuse("database", fmt::format("is {}; accepted is 0 to 65535",
                                          target->as.database));
  if (!target->as.username.empty() && target->as.password.empty())
    return refuse("username", fmt::format("is \"{}\" without a password",
                                          target->as.username));
  if (x.topology == redis_topology::cluster && target->as.database != 0)
    return refuse("database", fmt::format("is {}; a cluster has only 0",
                                          target->as.database));
  return {};
}

caf::error validate_topology(const redis_options& x) {
  if (std::any_of(x.nodes.begin(), x.nodes.end(), may_hold_password))
    return refuse("nodes", "has an @ or ://; accepted is \"host:port\"");
  for (const auto& node : x.nodes)
    if (auto at = redis_wire::parse_address(node); !at)
      return refuse("nodes", fmt::format("has \"{}\": {}", node,
                                         message_of(at.error())));
  auto sentinel = x.topology == redis_topology::sentinel;
  if (sentinel && x.nodes.empty())
    return refuse("nodes", "is empty; with sentinels it must name at least one "
                           "of them, as \"host:port\"");
  if (sentinel && x.primary_name.empty())
    return refuse("primary_name", "is empty; with sentinels it must be the "
                                  "name by which they know the primary");
  if (sentinel && !(x.uri.empty() && x.host.empty() && x.port == 0))
    return refuse(!x.uri.empty()    ? "uri"
                  : !x.host.empty() ? "host"
                                    : "port",
                  "is set, which the topology \"sentinel\" does not take: the "
                  "sentinels in nodes say where the primary is");
  if (!sentinel
      && !(x.sentinel_username.empty() && x.sentinel_password.empty()))
    return refuse(x.sentinel_username.empty() ? "sentinel_password"
                                              : "sentinel_username",
                  "is set, which only the topology \"sentinel\" takes");
  if (!sentinel && !x.primary_name.empty())
    return refuse("primary_name", fmt::format("is \"{}\", which only the "
                                              "topology \"sentinel\" takes",
                                              x.primary_name));
  if (x.topology == redis_topology::standalone && !x.nodes.empty())
    return refuse("nodes", "is set, which the topology \"standalone\" does "
                           "not take");
  return {};
}

caf::error validate_tls(const redis_options& x) {
  const auto& ssl = x.ssl;
  auto target = redis_wire::target_of(x);
  if (target && target->tls && target->at.is_path())
    return refuse("ssl", "is enabled for a Unix domain socket; accepted is a "
                         "host");
  if (target && !target->tls)
    for (auto [option, value] :
         {std::pair{"ssl.cacertfile", &ssl.cacertfile},
          std::pair{"ssl.certfile", &ssl.certfile},
          std::pair{"ssl.keyfile", &ssl.keyfile},
          std::pair{"ssl.server_name", &ssl.server_name}})
      if (!value->empty())
        return refuse(option, "is set, but TLS is off; accepted with "
                              "ssl.enabled or rediss://");
  if (ssl.certfile.empty() != ssl.keyfile.empty())
    return refuse(ssl.certfile.empty() ? "ssl.certfile" : "ssl.keyfile",
                  "is empty; a certificate and its key come together");
  return {};
}

caf::error validate_span(std::string_view option, timespan value) {
  constexpr timespan longest = std::chrono::hours{24};
  if (value > timespan{0} && value <= longest)
    return {};
  return refuse(option, fmt::format("is {}; accepted is a time above zero, up "
                                    "to {}",
                                    render(value), render(longest)));
}

caf::error validate_times(const redis_options& x) {
  for (auto [option, value] :
       {std::pair{"connect_timeout", x.connect_timeout},
        std::pair{"command_timeout", x.command_timeout},
        std::pair{"reconnect_delay", x.reconnect_delay},
        std::pair{"max_reconnect_delay", x.max_reconnect_delay}})
    if (auto err = validate_span(option, value); !err.empty())
      return err;
  if (x.max_reconnect_delay < x.reconnect_delay)
    return refuse("max_reconnect_delay",
                  fmt::format("is {}; accepted is at least reconnect_delay, {}",
                              render(x.max_reconnect_delay),
                              render(x.reconnect_delay)));
  return {};
}

caf::error validate_pool(const redis_options& x) {
  if (x.connections < 1 || x.connections > 64)
    return refuse("connections",
                  fmt::format("is {}; accepted is 1 to 64", x.connections));
  if (x.size < 1 || x.size > 10'000)
    return refuse("size", fmt::format("is {}; accepted is 1 to 10000", x.size));
  if (x.max_overflow > 10'000)
    return refuse("max_overflow",
                  fmt::format("is {}; accepted is 0 to 10000", x.max_overflow));
  return {};
}

} // namespace

caf::error redis_options::validate() const {
  for (auto check : {validate_target, validate_topology, validate_tls,
                     validate_times, validate_pool})
    if (auto err = check(*this); !err.empty())
      return err;
  return {};
}

redis_stand_in_options redis_options::stand_in() const {
  return {.key_prefix = key_prefix};
}

} // namespace actor_cache
