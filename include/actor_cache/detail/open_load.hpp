#pragma once

#include "actor_cache/cache_actor.hpp"
#include "actor_cache/load_options.hpp"
#include "actor_cache/term.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace actor_cache::detail {

/// A load that this process has the lease for and that ends some time later: by
/// `end`, or with an error when this object goes.
class open_load {
public:
  open_load(cache_actor to, std::string cache, uint64_t lease,
            const load_options& options);

  ~open_load();

  open_load(const open_load&) = delete;

  open_load& operator=(const open_load&) = delete;

  /// Sends the result to the cache; calls after the first are void. Any thread
  /// may call.
  void end(caf::expected<term> result);

private:
  const cache_actor to_;
  const std::string cache_;
  const uint64_t lease_;
  const load_options options_;
  std::atomic<bool> over_{false};
};

/// Begins the load that the user's function runs, and owns the function.
using load_starter = std::function<void(std::shared_ptr<open_load>)>;

} // namespace actor_cache::detail
