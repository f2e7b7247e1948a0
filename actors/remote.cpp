#include "actor_cache/remote.hpp"

#include "actor_cache/detail/endpoint.hpp"
#include "actor_cache/errc.hpp"

#include "cache_registry.hpp"
#include "forwarding_actor.hpp"
#include "place.hpp"

#include <caf/actor_registry.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

namespace actor_cache {

namespace {

caf::error require_middleman(caf::actor_system& system) {
  if (system.has_middleman())
    return {};
  return make_error(errc::not_supported,
                    "the actor system has no middleman; load it with "
                    "config.load<caf::io::middleman>() or "
                    "CAF_MAIN(caf::id_block::actor_cache, caf::io::middleman)");
}

} // namespace

caf::expected<uint16_t> publish(caf::actor_system& system,
                                std::string_view name, uint16_t port,
                                const std::string& address) {
  if (auto err = require_middleman(system); !err.empty())
    return err;
  auto engine = detail::find_engine(system, name);
  if (!engine)
    return std::move(engine.error());
  // Outlives the actors that run the cache one after the other.
  auto front = detail::spawn_forwarding_actor(
    system,
    [source = *engine](
      const caf::strong_actor_ptr&) -> caf::expected<caf::strong_actor_ptr> {
      auto at = source->where();
      if (!at)
        return std::move(at.error());
      auto hdl = (*at)->address(timespan{0});
      return caf::actor_cast<caf::strong_actor_ptr>(hdl);
    });
  auto result = system.middleman().publish(
    front, port, address.empty() ? nullptr : address.c_str(), true);
  if (!result) {
    caf::anon_send_exit(front, caf::exit_reason::user_shutdown);
    return make_error(errc::io_error,
                      fmt::format("cannot publish cache '{}' at port {}: {}",
                                  name, port, to_string(result.error())));
  }
  (*engine)->on_stop([front, port = *result, &system] {
    if (system.has_middleman())
      detail::anon_send(system.middleman().actor_handle(),
                        caf::unpublish_atom_v, front.address(), port);
    system.registry().erase(front.id());
    caf::anon_send_exit(front, caf::exit_reason::user_shutdown);
  });
  return *result;
}

namespace detail {

caf::expected<endpoint_ptr> connect_endpoint(caf::actor_system& system,
                                             const std::string& host,
                                             uint16_t port) {
  if (auto err = require_middleman(system); !err.empty())
    return err;
  auto remote = system.middleman().remote_actor<cache_actor>(host, port);
  if (!remote)
    return make_error(errc::unavailable,
                      fmt::format("cannot connect to a cache at {}:{}: {}",
                                  host, port, to_string(remote.error())));
  return std::make_shared<const endpoint>(system,
                                          fmt::format("{}:{}", host, port),
                                          std::move(*remote));
}

} // namespace detail

} // namespace actor_cache
