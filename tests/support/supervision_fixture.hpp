#pragma once

#include "actor_cache/detail/caf_compat.hpp"

#include "world.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>

namespace actor_cache::test {

/// Answers a number with the next one.
inline caf::behavior adder(caf::event_based_actor*) {
  return {
    [](int x) { return x + 1; },
  };
}

inline child_spec adder_child(std::string id,
                              restart_type restart = restart_type::permanent) {
  child_spec result{std::move(id), [](caf::actor_system& system) {
                      return system.spawn(adder);
                    }};
  result.restart = restart;
  return result;
}

/// Sends `x` and returns the answer.
inline caf::expected<int> ask(caf::actor_system& system, const caf::actor& to,
                              int x, timespan timeout = 60s) {
  caf::scoped_actor self{system};
  caf::expected<int> result{caf::error{}};
  detail::request(self.ptr(), to, timeout, x)
    .receive([&](int y) { result = y; },
             [&](caf::error& err) { result = std::move(err); });
  return result;
}

/// Waits until an actor has ended and returns what it ended with.
inline caf::error reason_of(const caf::actor& hdl) {
  auto ended = std::make_shared<std::promise<caf::error>>();
  hdl->attach_functor(
    [ended](const caf::error& what) { ended->set_value(what); });
  return ended->get_future().get();
}

inline void wait_for_end(const caf::actor& hdl) {
  static_cast<void>(reason_of(hdl));
}

/// A factory whose starts wait until the test lets them go on.
class start_gate {
public:
  caf::actor start(caf::actor_system& system) {
    ++starts_;
    open_.wait(false);
    return system.spawn(adder);
  }

  child_spec child(std::string id) {
    return {std::move(id),
            [this](caf::actor_system& system) { return start(system); }};
  }

  void close() {
    open_ = false;
  }

  void open() {
    open_ = true;
    open_.notify_all();
  }

  int starts() const {
    return starts_;
  }

private:
  std::atomic<bool> open_ = true;
  std::atomic<int> starts_ = 0;
};

} // namespace actor_cache::test
