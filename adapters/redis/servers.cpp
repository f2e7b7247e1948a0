#include "servers.hpp"

#include "address.hpp"
#include "standalone_servers.hpp"

namespace actor_cache::redis_wire {

caf::expected<std::unique_ptr<servers>>
servers::make(const redis_options& options, clock_ptr clock) {
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
  auto where = [at = target->at](const stop_signal&) -> caf::expected<address> {
    return at;
  };
  return std::make_unique<standalone_servers>(
    options,
    connection_settings{std::move(where), std::move(dial),
                        options.command_timeout, options.reconnect_delay,
                        options.max_reconnect_delay});
}

} // namespace actor_cache::redis_wire
