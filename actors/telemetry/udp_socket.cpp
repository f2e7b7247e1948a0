#include "udp_socket.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace actor_cache::telemetry {

caf::expected<udp_socket> udp_socket::open(const std::string& host,
                                           uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  auto failed = ::getaddrinfo(host.c_str(), fmt::to_string(port).c_str(),
                              &hints, &found);
  if (failed != 0)
    return make_error(errc::unavailable,
                      fmt::format("statsd_options::host '{}' is not found: {}",
                                  host, ::gai_strerror(failed)));
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> guard{found,
                                                             &::freeaddrinfo};
  auto last = 0;
  for (auto* x = found; x != nullptr; x = x->ai_next) {
    udp_socket result{
      ::socket(x->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (result.descriptor_ >= 0
        && ::connect(result.descriptor_, x->ai_addr, x->ai_addrlen) == 0)
      return result;
    last = errno;
  }
  return make_error(errc::io_error,
                    fmt::format("no socket for datagrams to {}:{}: {}", host,
                                port, std::strerror(last)));
}

udp_socket::udp_socket(udp_socket&& other) noexcept
  : descriptor_(std::exchange(other.descriptor_, -1)) {
  // nop
}

udp_socket::~udp_socket() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

bool udp_socket::send(std::string_view datagram) noexcept {
  for (auto attempt = 0; attempt < 2; ++attempt) {
    if (::send(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL)
        >= 0)
      return true;
    // Tells of an earlier datagram that nobody was there for; this one is
    // still to be sent.
    if (errno != ECONNREFUSED)
      return false;
  }
  return false;
}

} // namespace actor_cache::telemetry
