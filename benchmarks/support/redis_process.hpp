#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace actor_cache::bench {

/// A Redis server of the benchmark's own, without persistence, on the loopback
/// interface. Ends with this object.
class redis_process {
public:
  /// Starts it and waits until it answers; ends the program where there is
  /// none.
  redis_process();

  ~redis_process();

  redis_process(const redis_process&) = delete;

  redis_process& operator=(const redis_process&) = delete;

  uint16_t port() const noexcept {
    return port_;
  }

  /// Returns what redis-benchmark counts for GET of 100 bytes, in requests a
  /// second.
  double redis_benchmark(int clients, int pipeline) const;

  /// Returns how much time of a core the server has used.
  double cpu_seconds() const;

private:
  uint16_t port_;
  pid_t pid_ = 0;
};

} // namespace actor_cache::bench
