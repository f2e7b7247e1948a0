#pragma once

#include "actor_cache/cache_event.hpp"
#include "actor_cache/types.hpp"

#include <caf/error.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace actor_cache::con_cache_store {

/// Hands events to their sink on a thread of its own, in the order of `push`.
///
/// Thread safety: all members may be called at the same time.
class event_queue {
public:
  /// @param patience how long a writer waits for room, and this queue for an
  ///        actor
  event_queue(event_sink sink, size_t capacity, when_full policy,
              timespan patience);

  ~event_queue();

  caf::error start();

  /// Delivers what waits, and ends.
  void stop() noexcept;

  void push(cache_event what);

  /// Adds an event of a sweep, which looks for room before it begins and does
  /// not wait in its midst.
  void push_swept(cache_event what);

  /// Tells whether a sweep may begin: where writers wait for room it does, too.
  bool takes_sweep() const;

  /// Tells whether a function that is told of an event calls.
  bool is_telling() const noexcept {
    return thread_.get_id() == std::this_thread::get_id();
  }

  event_counts counts() const;

private:
  using batch = std::vector<cache_event>;

  bool has_room(std::unique_lock<std::mutex>& guard);

  void run();

  void deliver(const batch& events);

  void call(const cache_event& what);

  void send(const batch& events);

  void note(uint64_t event_counts::* which, uint64_t n);

  const event_sink sink_;
  const size_t capacity_;
  const when_full policy_;
  const timespan patience_;
  mutable std::mutex mtx_;
  std::condition_variable pushed_;
  std::condition_variable popped_;
  std::deque<cache_event> events_;
  event_counts counts_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace actor_cache::con_cache_store
