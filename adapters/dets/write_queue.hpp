#pragma once

#include "actor_cache/detail/function_ref.hpp"

#include "objects.hpp"

#include <caf/error.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace actor_cache::dets_store {

/// Changes the objects of one key and tells whether it did; `fresh` is the
/// version for an object that it adds. May neither fail nor block.
using edit_fn = detail::function_ref<bool(objects& state, version fresh)>;

/// What is to be done to one key.
struct edit {
  std::string_view key;
  edit_fn apply;
};

/// Makes many callers' writes one: the first one to come does it for all that
/// come while the one before is being written. A lone caller does its own,
/// without a switch to another thread. (Elsewhere: group commit; flat
/// combining.)
///
/// Thread safety: all members may be called at the same time.
class write_queue {
public:
  /// One caller's writes.
  struct request {
    std::span<const edit> edits;
    caf::error result;
  };

  /// Writes all that is in the span and sets the results.
  using write_fn = detail::function_ref<void(std::span<request* const>)>;

  /// Has `x` written, by `write` or by that of another caller.
  void run(request& x, write_fn write);

private:
  /// Gives those who wrote last time a moment to come again, so that they need
  /// not wait for a write of their own.
  void gather();

  void wait_for(uint32_t number) noexcept;

  std::mutex mtx_;
  std::vector<request*> forming_;
  uint32_t number_ = 1; // of the batch that forms

  /// The last batches that were written, those with even and with odd numbers:
  /// whoever waits is woken up for its own batch alone.
  std::array<std::atomic<uint32_t>, 2> written_{};
  size_t last_size_ = 0;
  std::chrono::nanoseconds last_took_{0};
};

} // namespace actor_cache::dets_store
