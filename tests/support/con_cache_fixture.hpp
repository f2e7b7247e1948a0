#pragma once

#include "actor_cache/con_cache.hpp"

#include "world.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <utility>

namespace actor_cache::test {

/// A cache with the adapter `con_cache`.
struct con_world : world {
  explicit con_world(con_cache_options options = {}, cache_spec spec = {}) {
    spec.name = "accounts";
    spec.adapter = std::move(options);
    start({timed(std::move(spec))});
  }

  template <class V = int>
  cache<V, con_cache> open() {
    return must(cache<V, con_cache>::find(system(), "accounts"));
  }
};

/// Has the lock of a key on a thread of its own.
class other_holder {
public:
  other_holder(cache<int, con_cache> xs, std::string key)
    : thread_([this, xs, key] {
        must(xs.isolated(key, [this] {
          inside_ = true;
          wait_until([this] { return over_.load(); });
        }));
      }) {
    wait_until([this] { return inside_.load(); });
  }

  ~other_holder() {
    over_ = true;
    thread_.join();
  }

private:
  std::atomic<bool> inside_{false};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

} // namespace actor_cache::test
