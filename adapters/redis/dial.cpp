#include "dial.hpp"

#include "resolver.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <chrono>

namespace actor_cache::redis_wire {

namespace {

std::string beginning_of(const address& at) {
  return fmt::format("Redis at {}: ", to_string(at));
}

/// Makes an error about the address `at` one about the name that it stands for.
caf::error renamed(const caf::error& err, const address& at,
                   const address& name) {
  auto reason = message_of(err);
  if (auto begin = beginning_of(at); reason.starts_with(begin))
    reason.erase(0, begin.size());
  auto code = err == errc::not_permitted ? errc::not_permitted
                                         : errc::unavailable;
  return make_error(code, fmt::format("{}{} ({})", beginning_of(name), reason,
                                      at.host));
}

} // namespace

caf::expected<socket_ptr> dial(const address& at, const dial_settings& settings,
                               const interruption& by) {
  if (at.is_path() || is_ip(at.host))
    return socket::dial(at, settings, by);
  auto deadline = real_clock::now() + settings.timeout;
  auto found = resolve(at.host, deadline, by);
  if (!found)
    return make_error(errc::unavailable,
                      beginning_of(at) + message_of(found.error()));
  auto how = settings;
  if (how.tls != nullptr)
    how.tls = how.tls->for_host(at.host);
  caf::error last;
  for (auto left = found->size(); left > 0; --left) {
    // None may take the time of those behind it.
    how.timeout = std::chrono::duration_cast<timespan>(
      (deadline - real_clock::now()) / left);
    address place{(*found)[found->size() - left], at.port};
    auto result = socket::dial(place, how, by);
    if (result)
      return result;
    last = renamed(result.error(), place, at);
  }
  return last;
}

} // namespace actor_cache::redis_wire
