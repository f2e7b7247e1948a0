#include "fake_server.hpp"

#include "loopback.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include <sys/socket.h>
#include <unistd.h>

namespace actor_cache::test {

// -- one connection -----------------------------------------------------------

bool fake_peer::receive() {
  char buffer[4096];
  auto count = ::recv(fd_, buffer, sizeof buffer, 0);
  if (count <= 0)
    return false;
  input_.append(buffer, static_cast<size_t>(count));
  return true;
}

std::optional<std::string> fake_peer::line() {
  for (;;) {
    if (auto end = input_.find("\r\n"); end != std::string::npos) {
      auto result = input_.substr(0, end);
      input_.erase(0, end + 2);
      return result;
    }
    if (!receive())
      return std::nullopt;
  }
}

std::optional<std::vector<std::string>> fake_peer::command() {
  auto head = line();
  if (!head)
    return std::nullopt;
  std::vector<std::string> result(std::stoul(head->substr(1)));
  for (auto& x : result) {
    auto size = line();
    if (!size)
      return std::nullopt;
    auto count = std::stoul(size->substr(1));
    while (input_.size() < count + 2)
      if (!receive())
        return std::nullopt;
    x = input_.substr(0, count);
    input_.erase(0, count + 2);
  }
  return result;
}

void fake_peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0)
      return;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

bool fake_peer::greet() {
  if (!command())
    return false;
  send("*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n");
  return true;
}

void fake_peer::answer_all(std::string_view reply) {
  while (command())
    send(reply);
}

void fake_peer::ignore_all() {
  while (receive())
    input_.clear();
}

// -- the server ---------------------------------------------------------------

fake_server::fake_server(std::initializer_list<script> scripts)
  : scripts_(scripts),
    listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto where = loopback(0);
  auto* address = reinterpret_cast<sockaddr*>(&where);
  socklen_t size = sizeof where;
  REQUIRE(::bind(listener_, address, size) == 0);
  REQUIRE(::listen(listener_, 128) == 0);
  REQUIRE(::getsockname(listener_, address, &size) == 0);
  port_ = ntohs(where.sin_port);
  thread_ = std::thread{[this] { serve(); }};
}

fake_server::~fake_server() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  {
    std::lock_guard guard{mtx_};
    for (auto fd : open_)
      ::shutdown(fd, SHUT_RDWR);
  }
  for (auto& x : talks_)
    x.join();
}

void fake_server::serve() {
  for (;;) {
    auto fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0)
      return;
    const auto& how = scripts_[std::min(accepted_++, scripts_.size() - 1)];
    std::lock_guard guard{mtx_};
    open_.push_back(fd);
    talks_.emplace_back([this, fd, &how] { talk(fd, how); });
  }
}

void fake_server::talk(int fd, const script& how) {
  fake_peer peer{fd};
  how(peer);
  std::lock_guard guard{mtx_};
  std::erase(open_, fd);
  ::close(fd);
}

} // namespace actor_cache::test
