#pragma once

#include "actor_cache/entry.hpp"
#include "actor_cache/types.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace actor_cache {

/// What must be under a key for a write to happen. Entries whose time is over
/// do not count.
struct precondition {
  enum class kind : uint8_t {
    /// No entry.
    absent,
    /// Any entry.
    present,
    /// The entry of one version.
    version,
  };

  kind what = kind::absent;

  actor_cache::version version = 0;

  static precondition absent() noexcept {
    return {};
  }

  static precondition present() noexcept {
    return {kind::present};
  }

  /// @param expected the version, or 0 for a missing entry
  static precondition has(actor_cache::version expected) noexcept {
    return expected == 0 ? absent() : precondition{kind::version, expected};
  }

  /// @param found the version of the entry that is there, 0 for none
  bool met_by(actor_cache::version found) const noexcept {
    return what == kind::present ? found != 0 : found == version;
  }
};

/// What a store offers that writes on a condition, and takes out, without
/// reading first. Worth it where each step of `adapter::update` waits for I/O.
///
/// Thread safety: as the adapter.
class conditional {
public:
  static constexpr std::string_view capability_name = "conditional";

  struct outcome {
    /// The version of the entry that was written; 0 where none was.
    version written = 0;

    /// The version of the entry that was there; 0 for none. Without a word
    /// about one whose time was over.
    version found = 0;

    /// Whether the write took the place of an entry whose time was over.
    bool expired = false;
  };

  virtual ~conditional() = default;

  /// Stores `next` under `key` if `wanted` is there, as one step that no other
  /// write to the key can come between.
  virtual caf::expected<outcome>
  put_if(std::string_view key, entry next, precondition wanted, time_point now)
    = 0;

  /// Removes the entry of `key` and returns it, as one step that no other write
  /// to the key can come between; nothing where there is none.
  virtual caf::expected<std::optional<entry>>
  take(std::string_view key, time_point now) = 0;
};

} // namespace actor_cache
