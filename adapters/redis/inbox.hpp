#pragma once

#include "request.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace actor_cache::redis_wire {

/// Requests on their way to whoever drives a connection. Its lock is held for
/// no longer than it takes to move a pointer, so that those who make requests
/// wait neither for the driver nor for each other.
///
/// Thread safety: all members may be called at the same time.
class inbox {
public:
  enum class arrival : uint8_t {
    /// Nobody looks here: the request waits for the next call of `take`.
    unattended,
    /// The only one for now.
    first,
    further,
  };

  arrival add(request_ptr what) {
    std::lock_guard guard{mtx_};
    requests_.push_back(std::move(what));
    any_.store(true, std::memory_order_relaxed);
    if (!attended_)
      return arrival::unattended;
    return requests_.size() == 1 ? arrival::first : arrival::further;
  }

  /// Whether there is none, at least of those that this thread has added.
  bool empty() const noexcept {
    return !any_.load(std::memory_order_relaxed);
  }

  /// Swaps all requests for `into`, which is empty.
  void take(std::vector<request_ptr>& into) {
    std::lock_guard guard{mtx_};
    requests_.swap(into);
    any_.store(false, std::memory_order_relaxed);
  }

  /// Tells whether somebody takes all that comes from now on, up to the next
  /// call of this.
  void attend(bool attended) {
    std::lock_guard guard{mtx_};
    attended_ = attended;
  }

private:
  std::mutex mtx_;
  std::vector<request_ptr> requests_;
  bool attended_ = false;
  std::atomic<bool> any_{false};
};

} // namespace actor_cache::redis_wire
