#pragma once

#include "actor_cache/telemetry.hpp"

#include "world.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache::test {

/// Keeps the events of an actor system.
class event_log {
public:
  explicit event_log(caf::actor_system& system,
                     telemetry::event_pattern what
                     = telemetry::event_pattern::below("actor_cache.cache"),
                     telemetry::handler_options options = {.keys = true})
    : system_(system) {
    auto err = telemetry::attach(
      system, id_, std::move(what),
      [this](const telemetry::event_view& x) {
        std::lock_guard guard{mtx_};
        events_.emplace_back(x);
      },
      options);
    REQUIRE(err.empty());
  }

  ~event_log() {
    static_cast<void>(telemetry::detach(system_, id_));
  }

  std::vector<telemetry::event> all() const {
    std::lock_guard guard{mtx_};
    return events_;
  }

  /// Returns the events of this name, without "actor_cache." before it.
  std::vector<telemetry::event> of(std::string_view name) const {
    auto result = all();
    std::erase_if(result, [&](const auto& x) {
      return x.name != "actor_cache." + std::string{name};
    });
    return result;
  }

  /// Returns the only event of this name.
  telemetry::event only(std::string_view name) const {
    auto found = of(name);
    INFO("event: " << name);
    REQUIRE(found.size() == 1);
    return found.front();
  }

  /// Returns the names of all events, without "actor_cache.cache." before them.
  std::vector<std::string> names() const {
    constexpr std::string_view before = "actor_cache.cache.";
    std::vector<std::string> result;
    for (auto& x : all())
      result.push_back(x.name.starts_with(before) ? x.name.substr(before.size())
                                                  : x.name);
    return result;
  }

  void clear() {
    std::lock_guard guard{mtx_};
    events_.clear();
  }

private:
  static constexpr const char* id_ = "event log";

  caf::actor_system& system_;
  mutable std::mutex mtx_;
  std::vector<telemetry::event> events_;
};

/// Returns the phases of the spans that `f` opens, each with its operation.
template <class F>
std::vector<std::string> spans_of(event_log& log, F f) {
  log.clear();
  f();
  std::vector<std::string> result;
  for (const auto& x : log.names())
    if (x.ends_with(".start") || x.ends_with(".stop")
        || x.ends_with(".exception"))
      result.push_back(x);
  return result;
}

} // namespace actor_cache::test
