#pragma once

#include "actor_cache/adapters/redis.hpp"
#include "actor_cache/redis.hpp"

#include "redis_server.hpp"
#include "world.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

namespace actor_cache::test {

/// A cache on a Redis server, reached by one road.
class redis_world : public world {
public:
  explicit redis_world(redis_options options, load_options loading = {},
                       road by = road::direct)
    : road_(by) {
    start({timed({.name = "redis",
                  .adapter = std::move(options),
                  .loading = loading,
                  .call_timeout = 60s})});
  }

  /// Returns a handle that calls on its own thread, or by mail: then jobs of
  /// the cache's actor make the calls.
  template <class V = std::string, class Adapter = any_adapter>
  cache<V, Adapter> open() {
    using handle = cache<V, Adapter>;
    auto result = must(handle::find(system(), "redis"));
    if (road_ == road::direct)
      return result;
    return handle::over_mail(system(), "redis", must(result.actor()));
  }

  cache<std::string, redis> open_redis() {
    return open<std::string, redis>();
  }

private:
  road road_;
};

/// Tries both roads, one after the other.
inline road any_road() {
  auto by = GENERATE(road::direct, road::mail);
  UNSCOPED_INFO((by == road::direct ? "on the caller's thread" : "by mail"));
  return by;
}

/// Options for tests in which a server has to be given up: only then is a
/// timeout waited for.
inline redis_options impatient(redis_options options = {}) {
  options.command_timeout = 200ms;
  options.reconnect_delay = 1ms;
  options.max_reconnect_delay = 20ms;
  return options;
}

/// Options for tests in which a server goes and comes back.
inline redis_options brisk(redis_options options = {}) {
  options.command_timeout = 60s;
  options.reconnect_delay = 1ms;
  options.max_reconnect_delay = 20ms;
  return options;
}

/// Counts how often calls failed with each code.
struct outcomes {
  size_t good = 0;
  size_t timeouts = 0;
  size_t unavailable = 0;
  size_t others = 0;

  template <class T>
  void add(const caf::expected<T>& x) {
    if (x)
      ++good;
    else if (x.error() == errc::timeout)
      ++timeouts;
    else if (x.error() == errc::unavailable)
      ++unavailable;
    else
      ++others;
  }
};

} // namespace actor_cache::test
