#pragma once

#include "actor_cache/clock.hpp"

#include <caf/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace actor_cache {

/// All that a store held at one moment.
class store_image {
public:
  virtual ~store_image() = default;

  /// Returns all keys, in no order.
  virtual std::vector<std::string> keys() const = 0;
};

using store_image_ptr = std::shared_ptr<const store_image>;

/// What a store in memory offers that holds more than entries, such as hashes:
/// copies of all of it, for the snapshots of sandboxes.
///
/// Thread safety: as the adapter.
class imaging {
public:
  static constexpr std::string_view capability_name = "imaging";

  virtual ~imaging() = default;

  /// Returns a copy of all that there is at `now`. O(n).
  virtual store_image_ptr image(time_point now) = 0;

  /// Replaces all that there is by what `from` has, with its deadlines. O(n).
  /// @returns `errc::invalid_argument` where that is no image of such a store
  virtual caf::error restore(const store_image& from, time_point now) = 0;
};

} // namespace actor_cache
