#pragma once

#include "actor_cache/term.hpp"
#include "actor_cache/type_ids.hpp"

#include <caf/actor.hpp>
#include <caf/default_enum_inspect.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace actor_cache {

/// What became of an entry.
enum class event_kind : uint8_t {
  /// A value was stored under the key.
  updated,
  /// The key was removed by a caller.
  deleted,
  /// The entry's time was over; told when it is freed.
  expired,
};

std::string to_string(event_kind x);

bool from_string(detail::caf_string_view name, event_kind& x);

bool from_integer(std::underlying_type_t<event_kind> value, event_kind& x);

template <class Inspector>
bool inspect(Inspector& f, event_kind& x) {
  return caf::default_enum_inspect(f, x);
}

/// One change to a cache.
struct cache_event {
  event_kind what = event_kind::updated;

  /// The name of the cache.
  std::string cache;

  std::string key;

  /// The new value, or the one that went.
  term value;

  template <class Inspector>
  friend bool inspect(Inspector& f, cache_event& x) {
    return f.object(x).fields(f.field("what", x.what),
                              f.field("cache", x.cache), f.field("key", x.key),
                              f.field("value", x.value));
  }
};

/// What happens to an event when as many wait as may.
enum class when_full : uint8_t {
  /// The writer waits until there is room; on a thread of CAF's scheduler, and
  /// in the function that gets the events, it does not.
  wait,
  /// The event is dropped and counted.
  drop,
};

/// Returns the names of the values in their order.
constexpr std::array<std::string_view, 2> names_of(when_full) {
  return {"wait", "drop"};
}

std::string to_string(when_full x);

/// Where a cache tells what becomes of its entries: to a function, on a thread
/// of the cache's own, one event after the other; or to an actor, as messages
/// `std::vector<cache_event>`, the next one when the actor has handled the
/// last. Whoever handles a message later answers it later, with a response
/// promise.
class event_sink {
public:
  using function = std::function<void(const cache_event&)>;

  /// Nobody is told.
  event_sink() = default;

  template <class F>
    requires std::invocable<F&, const cache_event&>
  event_sink(F fun) : fun_(std::move(fun)) {
    // nop
  }

  event_sink(caf::actor receiver) : receiver_(std::move(receiver)) {
    // nop
  }

  bool empty() const noexcept {
    return fun_ == nullptr && receiver_ == nullptr;
  }

  const function& fun() const noexcept {
    return fun_;
  }

  const caf::actor& receiver() const noexcept {
    return receiver_;
  }

private:
  function fun_;
  caf::actor receiver_;
};

/// How many events there have been.
struct event_counts {
  uint64_t delivered = 0;

  /// There was no room for them.
  uint64_t dropped = 0;

  /// The function threw, or the actor failed, has ended, or took too long.
  uint64_t failed = 0;

  /// On their way.
  uint64_t waiting = 0;
};

} // namespace actor_cache
