#include "http_client.hpp"

#include <catch2/catch_test_macros.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace actor_cache::test {

std::string http_get(uint16_t port, const std::string& path) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where))
      != 0) {
    ::close(fd);
    FAIL("nobody listens at port " << port << ": " << std::strerror(errno));
  }
  auto request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  auto sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer;
  std::array<char, 4096> buffer;
  for (;;) {
    auto n = ::read(fd, buffer.data(), buffer.size());
    if (n <= 0)
      break;
    answer.append(buffer.data(), static_cast<size_t>(n));
  }
  ::close(fd);
  REQUIRE(sent == static_cast<ssize_t>(request.size()));
  INFO("the answer: " << answer);
  REQUIRE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  auto body = answer.find("\r\n\r\n");
  REQUIRE(body != std::string::npos);
  return answer.substr(body + 4);
}

} // namespace actor_cache::test
