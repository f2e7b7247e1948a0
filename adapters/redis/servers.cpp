#include "servers.hpp"

#include "address.hpp"
#include "cluster_servers.hpp"
#include "sentinels.hpp"
#include "standalone_servers.hpp"

namespace actor_cache::redis_wire {

namespace {

/// The servers to ask first: those named in `nodes`, and the one of the uri or
/// host where that was given.
std::vector<address> seeds_of(const redis_options& options,
                              const address& target) {
  std::vector<address> result;
  if (options.nodes.empty() || !options.uri.empty() || !options.host.empty())
    result.push_back(target);
  for (const auto& node : options.nodes)
    result.push_back(*parse_address(node)); // validated
  return result;
}

} // namespace

caf::expected<std::unique_ptr<servers>>
servers::make(const redis_options& options, clock_ptr clock,
              std::function<void(const connection_change&)> on_change) {
  auto target = target_of(options);
  if (!target)
    return std::move(target.error());
  tls_context_ptr tls;
  if (target->tls) {
    auto made = tls_context::make(options.ssl);
    if (!made)
      return std::move(made.error());
    tls = std::move(*made);
  }
  dial_settings dial{target->as, std::move(tls), std::move(clock),
                     options.connect_timeout};
  connection_settings settings{nullptr,
                               std::move(dial),
                               options.command_timeout,
                               options.reconnect_delay,
                               options.max_reconnect_delay,
                               std::move(on_change)};
  if (options.topology == redis_topology::cluster)
    return std::make_unique<cluster_servers>(options, std::move(settings),
                                             seeds_of(options, target->at));
  if (options.topology == redis_topology::sentinel) {
    settings.dial.role = server_role::primary;
    settings.where = ask_sentinels(options, settings.dial);
  } else {
    settings.where = [at = target->at](const interruption&) {
      return caf::expected<address>{at};
    };
  }
  return std::make_unique<standalone_servers>(options, settings);
}

} // namespace actor_cache::redis_wire
