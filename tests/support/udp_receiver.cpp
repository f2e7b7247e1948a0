#include "udp_receiver.hpp"

#include "loopback.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <sstream>

namespace actor_cache::test {

udp_receiver::udp_receiver()
  : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  auto where = loopback(0);
  auto* address = reinterpret_cast<sockaddr*>(&where);
  REQUIRE(::bind(descriptor_, address, sizeof(where)) == 0);
  socklen_t size = sizeof(where);
  REQUIRE(::getsockname(descriptor_, address, &size) == 0);
  port_ = ntohs(where.sin_port);
}

udp_receiver::~udp_receiver() {
  ::close(descriptor_);
}

std::optional<std::string> udp_receiver::receive(int flags) {
  std::string result(65536, '\0');
  auto n = ::recv(descriptor_, result.data(), result.size(), flags);
  if (n < 0)
    return std::nullopt;
  result.resize(static_cast<size_t>(n));
  return result;
}

std::string udp_receiver::receive() {
  auto result = receive(0);
  REQUIRE(result);
  return *result;
}

std::vector<std::string> udp_receiver::lines() {
  std::vector<std::string> result;
  while (auto datagram = receive(MSG_DONTWAIT)) {
    std::istringstream in{*datagram};
    for (std::string line; std::getline(in, line);)
      result.push_back(line);
  }
  return result;
}

} // namespace actor_cache::test
