#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace actor_cache::test {

/// A connection that a fake server has accepted.
class fake_peer {
public:
  explicit fake_peer(int fd) : fd_(fd) {
    // nop
  }

  /// Waits for the next command; nothing at the end of the connection.
  std::optional<std::vector<std::string>> command();

  void send(std::string_view bytes);

  /// Answers the log-in as a server does that has no password.
  /// @returns false at the end of the connection
  bool greet();

  /// Answers each command with `reply`, up to the end of the connection.
  void answer_all(std::string_view reply);

  /// Reads up to the end of the connection and answers nothing.
  void ignore_all();

private:
  std::optional<std::string> line();

  bool receive();

  int fd_;
  std::string input_;
};

/// A server that speaks as the test wants it to, on the loopback interface.
class fake_server {
public:
  /// Talks with one client, in a thread of its own; the connection ends with
  /// the call.
  using script = std::function<void(fake_peer&)>;

  /// @param scripts for the connections in the order in which they are
  ///                accepted; the last one is for all that follow
  explicit fake_server(std::initializer_list<script> scripts);

  fake_server(const fake_server&) = delete;

  fake_server& operator=(const fake_server&) = delete;

  ~fake_server();

  uint16_t port() const noexcept {
    return port_;
  }

  /// Counts connections.
  size_t accepted() const noexcept {
    return accepted_;
  }

private:
  void serve();

  void talk(int fd, const script& how);

  const std::vector<script> scripts_;
  int listener_;
  uint16_t port_ = 0;
  std::atomic<size_t> accepted_{0};
  std::mutex mtx_;
  std::vector<int> open_;
  std::vector<std::thread> talks_;
  std::thread thread_;
};

} // namespace actor_cache::test
