#pragma once

#include <cstdint>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace actor_cache::test {

/// Returns a port of the loopback interface; 0 is any that is free.
inline sockaddr_in loopback(uint16_t port) noexcept {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

} // namespace actor_cache::test
