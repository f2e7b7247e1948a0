#pragma once

#include "actor_cache/types.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

namespace actor_cache::detail {

/// What the page shows, as JSON. It is made when somebody asks, but not more
/// often than twice in an interval; who asks in between, or while another
/// thread makes it, gets the last one.
///
/// Thread safety: all members may be called at the same time.
class document {
public:
  using clock = std::chrono::steady_clock;

  document(caf::actor_system& system, std::string title, timespan interval,
           timespan tree_timeout);

  std::shared_ptr<const std::string> current();

private:
  std::string make() const;

  caf::actor_system& system_;
  const std::string title_;
  const timespan interval_;
  const timespan tree_timeout_;
  const clock::time_point started_ = clock::now();

  /// Held while the document is made.
  std::mutex making_mtx_;

  std::mutex last_mtx_;
  std::shared_ptr<const std::string> last_;
  clock::time_point made_;
};

} // namespace actor_cache::detail
