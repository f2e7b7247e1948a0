#pragma once

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace actor_cache::telemetry {

/// A socket that sends datagrams to one place and never waits.
class udp_socket {
public:
  /// Looks `host` up, which may block.
  /// @returns `errc::unavailable`, `errc::io_error`
  static caf::expected<udp_socket> open(const std::string& host, uint16_t port);

  udp_socket(udp_socket&& other) noexcept;

  udp_socket& operator=(udp_socket&&) = delete;

  ~udp_socket();

  /// Returns whether the datagram was taken to be sent.
  bool send(std::string_view datagram) noexcept;

private:
  explicit udp_socket(int descriptor) noexcept : descriptor_(descriptor) {
    // nop
  }

  int descriptor_;
};

} // namespace actor_cache::telemetry
