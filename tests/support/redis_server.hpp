#pragma once

#include "temporary_folder.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace actor_cache::test {

class redis_server;

/// What a Redis server of a test is to be like.
struct redis_server_options {
  /// Lines of its configuration file, e.g. "requirepass secret" or
  /// "cluster-enabled yes". They come last and win.
  std::vector<std::string> config = {};

  /// Makes `port()` speak TLS; then `config` names the certificate, e.g.
  /// "tls-cert-file <path>".
  bool tls = false;

  /// Makes its clock stand still but for what the test says by `clock`.
  bool driven_clock = false;

  /// A server whose driven clock is this one's, too.
  const redis_server* clock_of = nullptr;

  /// Files that it finds in its folder: their names, and what is in them.
  std::vector<std::pair<std::string, std::string>> files = {};

  /// Runs it as a sentinel.
  bool sentinel = false;

  /// The port to use; 0 takes a free one.
  uint16_t port = 0;
};

/// A Redis server of the test's own on the loopback interface, without
/// persistence. It ends with this object, at the latest with the process.
///
/// Its port, and the one 10000 above it, for a cluster's bus, were free when it
/// started.
class redis_server {
public:
  /// Starts a server and waits until it answers.
  explicit redis_server(redis_server_options options = {});

  redis_server(const redis_server&) = delete;

  redis_server& operator=(const redis_server&) = delete;

  ~redis_server();

  const std::string& host() const noexcept {
    return host_;
  }

  uint16_t port() const noexcept {
    return port_;
  }

  /// Returns "127.0.0.1:<port>".
  std::string address() const;

  /// Returns the path of its unix socket, which never speaks TLS.
  std::string socket() const;

  /// Returns the microseconds by which its driven clock has moved.
  std::atomic<int64_t>& clock() noexcept {
    return *clock_;
  }

  /// Returns the folder that it runs in.
  const std::string& folder() const noexcept {
    return folder_.path();
  }

  bool running() const noexcept {
    return pid_ > 0;
  }

  pid_t pid() const noexcept {
    return pid_;
  }

  /// Ends the server in an orderly way and waits for that.
  void stop();

  /// Ends the server as a crash does, and waits for that.
  void kill();

  /// Lets the server hang: connections stay and are accepted, nothing is
  /// answered.
  void pause();

  /// Goes on after `pause`.
  void resume();

  /// Starts the server again, at the same port and with nothing in it; ends it
  /// first if it runs.
  void restart();

  /// Returns what the server has written to its log.
  std::string log() const;

private:
  /// @returns whether it answers
  bool start();

  void write_config() const;

  /// @param life what the server is to hold open as long as it lives
  void spawn(int life);

  void make_clock();

  void signal_and_wait(int what);

  std::string file(const char* name) const;

  redis_server_options options_;
  temporary_folder folder_;
  std::string host_ = "127.0.0.1";
  uint16_t port_ = 0;
  pid_t pid_ = 0;
  std::string clock_file_;
  std::atomic<int64_t>* clock_ = nullptr;
};

/// Returns a port of the loopback interface that nobody listens at, and that no
/// other call returns, in whichever process, as long as this one lives.
/// @param also_above the same goes for the port that lies so much above it
uint16_t free_port(uint16_t also_above = 0);

} // namespace actor_cache::test
