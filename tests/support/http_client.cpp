#include "http_client.hpp"

#include "loopback.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace actor_cache::test {

namespace {

/// Returns -1 where nobody listens.
int connect_to(uint16_t port) {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto where = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where))
      == 0)
    return fd;
  ::close(fd);
  return -1;
}

} // namespace

std::string http_answer::header(std::string_view name) const {
  auto at = headers.find("\r\n" + std::string{name} + ": ");
  if (at == std::string::npos)
    return {};
  at += name.size() + 4;
  return headers.substr(at, headers.find("\r\n", at) - at);
}

// Exceptions rather than assertions: threads of a test may call.

http_connection::http_connection(uint16_t port) : fd_(connect_to(port)) {
  if (fd_ < 0)
    throw std::runtime_error{"nobody listens at port " + std::to_string(port)
                             + ": " + std::strerror(errno)};
}

http_connection::~http_connection() {
  ::close(fd_);
}

bool http_connection::possible(uint16_t port) {
  auto fd = connect_to(port);
  if (fd >= 0)
    ::close(fd);
  return fd >= 0;
}

void http_connection::send(std::string_view text) {
  if (::send(fd_, text.data(), text.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(text.size()))
    throw std::runtime_error{std::string{"cannot send: "}
                             + std::strerror(errno)};
}

std::string http_connection::read_all() {
  std::string result;
  std::array<char, 4096> buffer;
  for (;;) {
    auto n = ::read(fd_, buffer.data(), buffer.size());
    if (n <= 0)
      return result;
    result.append(buffer.data(), static_cast<size_t>(n));
  }
}

http_answer http_ask(uint16_t port, std::string_view request) {
  http_connection server{port};
  server.send(request);
  auto text = server.read_all();
  auto body = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || body == std::string::npos)
    throw std::runtime_error{"no answer of HTTP: '" + text + "'"};
  return {std::atoi(text.c_str() + 9), text.substr(0, body + 2),
          text.substr(body + 4)};
}

std::string http_get(uint16_t port, const std::string& path) {
  auto answer
    = http_ask(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  if (answer.status != 200)
    throw std::runtime_error{"not 200: " + answer.headers};
  return answer.body;
}

} // namespace actor_cache::test
