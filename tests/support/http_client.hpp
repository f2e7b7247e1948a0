#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace actor_cache::test {

struct http_answer {
  int status = 0;
  std::string headers;
  std::string body;

  /// Returns a header of the answer, empty where it has none of that name.
  std::string header(std::string_view name) const;
};

/// A connection to a server of the loopback interface; fails the test where
/// nobody listens.
class http_connection {
public:
  explicit http_connection(uint16_t port);

  http_connection(const http_connection&) = delete;

  http_connection& operator=(const http_connection&) = delete;

  ~http_connection();

  /// Returns whether somebody listens.
  static bool possible(uint16_t port);

  void send(std::string_view text);

  /// Reads until the server ends the connection.
  std::string read_all();

private:
  int fd_;
};

/// Sends a request as it is and returns the answer, whatever that is.
http_answer http_ask(uint16_t port, std::string_view request);

/// Asks a server of the loopback interface for a resource, by HTTP, and returns
/// the body of its answer; fails the test unless that is 200.
std::string http_get(uint16_t port, const std::string& path);

} // namespace actor_cache::test
