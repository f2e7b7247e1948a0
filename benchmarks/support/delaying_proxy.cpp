#include "delaying_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <map>
#include <string>

namespace actor_cache::bench {

namespace {

using steady = std::chrono::steady_clock;

struct chunk {
  steady::time_point due;
  int to;
  std::string bytes;
};

sockaddr_in local(uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

int tuned(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  return fd;
}

void watch(int poll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

} // namespace

delaying_proxy::delaying_proxy(uint16_t to, std::chrono::nanoseconds delay)
  : to_(to),
    delay_(delay),
    listener_(socket(AF_INET, SOCK_STREAM, 0)),
    stop_(eventfd(0, 0)) {
  auto where = local(0);
  socklen_t size = sizeof(where);
  bind(listener_, reinterpret_cast<sockaddr*>(&where), size);
  listen(listener_, 1024);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size);
  port_ = ntohs(where.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

delaying_proxy::~delaying_proxy() {
  eventfd_write(stop_, 1);
  thread_.join();
  close(listener_);
  close(stop_);
}

void delaying_proxy::run() {
  auto poll = epoll_create1(0);
  watch(poll, listener_);
  watch(poll, stop_);
  std::map<int, int> others;
  std::deque<chunk> held; // all are held back alike, so they are in order
  std::string buffer(256 * 1024, '\0');
  for (;;) {
    timespec wait{3600, 0};
    if (!held.empty()) {
      auto left = std::max<int64_t>(
        std::chrono::nanoseconds{held.front().due - steady::now()}.count(), 0);
      wait = {left / 1'000'000'000, left % 1'000'000'000};
    }
    epoll_event events[64];
    auto count = epoll_pwait2(poll, events, 64, &wait, nullptr);
    for (auto index = 0; index < count; ++index) {
      auto fd = events[index].data.fd;
      if (fd == stop_) {
        for (auto& x : others)
          close(x.first);
        close(poll);
        return;
      }
      if (fd == listener_) {
        auto near = tuned(accept(listener_, nullptr, nullptr));
        auto far = tuned(socket(AF_INET, SOCK_STREAM, 0));
        auto where = local(to_);
        connect(far, reinterpret_cast<sockaddr*>(&where), sizeof(where));
        others[near] = far;
        others[far] = near;
        watch(poll, near);
        watch(poll, far);
        continue;
      }
      auto size = recv(fd, buffer.data(), buffer.size(), 0);
      if (size <= 0) {
        epoll_ctl(poll, EPOLL_CTL_DEL, fd, nullptr);
        shutdown(others[fd], SHUT_RDWR);
        continue;
      }
      held.push_back({steady::now() + delay_, others[fd],
                      buffer.substr(0, static_cast<size_t>(size))});
    }
    while (!held.empty() && held.front().due <= steady::now()) {
      auto& [due, to, bytes] = held.front();
      for (size_t sent = 0; sent < bytes.size();) {
        auto more = send(to, bytes.data() + sent, bytes.size() - sent,
                         MSG_NOSIGNAL);
        if (more <= 0)
          break;
        sent += static_cast<size_t>(more);
      }
      held.pop_front();
    }
  }
}

} // namespace actor_cache::bench
