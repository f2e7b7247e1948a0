#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace actor_cache::bench {

/// Passes connections on to a port of this machine and holds all that goes over
/// them back for some time, as a network does. Ends with this object.
class delaying_proxy {
public:
  /// @param delay for each direction
  delaying_proxy(uint16_t to, std::chrono::nanoseconds delay);

  ~delaying_proxy();

  delaying_proxy(const delaying_proxy&) = delete;

  delaying_proxy& operator=(const delaying_proxy&) = delete;

  uint16_t port() const noexcept {
    return port_;
  }

private:
  void run();

  uint16_t to_;
  std::chrono::nanoseconds delay_;
  int listener_;
  int stop_;
  uint16_t port_ = 0;
  std::thread thread_;
};

} // namespace actor_cache::bench
