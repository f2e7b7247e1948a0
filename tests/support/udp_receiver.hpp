#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace actor_cache::test {

/// A socket of the loopback interface that gets datagrams.
class udp_receiver {
public:
  udp_receiver();

  udp_receiver(const udp_receiver&) = delete;

  udp_receiver& operator=(const udp_receiver&) = delete;

  ~udp_receiver();

  uint16_t port() const noexcept {
    return port_;
  }

  /// Waits for a datagram.
  std::string receive();

  /// Returns the lines of the datagrams that are there.
  std::vector<std::string> lines();

private:
  std::optional<std::string> receive(int flags);

  int descriptor_;
  uint16_t port_ = 0;
};

} // namespace actor_cache::test
