#pragma once

#include "actor_cache/explanation.hpp"
#include "actor_cache/types.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace actor_cache::detail {

/// Remembers where the values of some keys come from: of those that were noted
/// last.
///
/// Thread safety: all members may be called at the same time.
class provenance {
public:
  struct record {
    actor_cache::version version;
    value_origin how;
    time_point since;
    std::string whom;
    std::optional<timespan> load_time;
  };

  explicit provenance(size_t most) : most_(most) {
    // nop
  }

  bool enabled() const noexcept {
    return most_ > 0;
  }

  void add(std::string_view key, record what);

  /// Returns what is known of a value, by its key and version.
  std::optional<record> find(std::string_view key, version wanted) const;

private:
  struct item {
    record what;
    std::list<std::string_view>::iterator age;
  };

  const size_t most_;
  mutable std::mutex mtx_;
  std::map<std::string, item, std::less<>> items_;

  /// The keys of `items_`, the one that was noted first in front.
  std::list<std::string_view> ages_;
};

} // namespace actor_cache::detail
