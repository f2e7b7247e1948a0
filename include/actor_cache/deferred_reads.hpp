#pragma once

#include "actor_cache/entry.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/expected.hpp>
#include <caf/mailbox_element.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace actor_cache::detail {

class suspending_cache_actor;

} // namespace actor_cache::detail

namespace actor_cache {

/// Reads for which neither a thread nor a stack waits: for stores that suspend
/// calls (`adapter_traits::suspends`), so that the call which caches make most
/// costs a message and a reply and nothing in between.
///
/// Thread safety: any thread may call. Never blocks.
class deferred_reads {
public:
  static constexpr std::string_view capability_name = "deferred_reads";

  using real_time = std::chrono::steady_clock::time_point;

  /// A read that waits for its answer. One of `answer` and `ask_again` is to be
  /// called, once, on any thread, maybe before `begin_get` returns. Destroyed
  /// without that, it tells the one who asked so.
  class reader {
  public:
    reader(reader&& other) noexcept = default;

    reader& operator=(reader&&) = delete;

    ~reader();

    /// The key; there until the read is answered.
    std::string_view key() const noexcept;

    /// The time of the cache when the read began.
    time_point now() const noexcept {
      return now_;
    }

    /// The same time on the clock that deadlines run on.
    real_time began() const noexcept {
      return began_;
    }

    /// Until when the answer has to be there.
    real_time deadline() const noexcept {
      return deadline_;
    }

    /// Takes what `adapter::get` returns.
    void answer(caf::expected<std::optional<entry>> found);

    /// Learns that it takes `adapter::get`, which may wait, to find that out.
    void ask_again();

  private:
    friend class detail::suspending_cache_actor;

    reader(caf::strong_actor_ptr home, caf::mailbox_element_ptr mail,
           time_point now, real_time began, real_time deadline) noexcept;

    caf::strong_actor_ptr home_;
    caf::mailbox_element_ptr mail_; // null once it is answered
    time_point now_;
    real_time began_;
    real_time deadline_;
  };

  /// Begins a read.
  virtual void begin_get(reader whose) = 0;

protected:
  ~deferred_reads() = default;
};

} // namespace actor_cache
