#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/telemetry/snapshot.hpp"
#include "actor_cache/types.hpp"

#include <caf/error.hpp>
#include <caf/telemetry/histogram.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::detail {

class engine;

/// Entries that went, by cause.
struct removal_counts {
  uint64_t erased = 0;
  uint64_t replaced = 0;
  uint64_t expired = 0;
  uint64_t cleared = 0;
};

/// What one cache measures and counts for telemetry alone. None of it is
/// written by calls that succeed, but for those that are measured.
///
/// Thread safety: all members may be called at the same time.
class meter {
public:
  ~meter();

  // -- errors -----------------------------------------------------------------

  void count_error(const caf::error& what) noexcept;

  /// Returns the counts that are not zero, by the name of the code.
  std::vector<std::pair<std::string, uint64_t>> errors() const;

  // -- durations --------------------------------------------------------------

  /// Adds a call to the histogram of its kind.
  /// @param operation must live as long as the program
  void record(engine& of, std::string_view operation, timespan took) noexcept;

  std::vector<telemetry::operation_figures> operations() const;

  // -- the size of stores that not every thread may ask -----------------------

  void publish(uint64_t entries, uint64_t bytes) noexcept {
    bytes_ = bytes;
    entries_ = static_cast<int64_t>(entries);
  }

  /// Returns entries and bytes, nothing where they are unknown.
  std::pair<std::optional<uint64_t>, std::optional<uint64_t>>
  published() const noexcept;

  // -- others -----------------------------------------------------------------

  std::atomic<uint64_t> restarts{0};

  /// Set once the store is open.
  std::atomic<bool> started{false};

  /// Returns what was told the last time, and notes what is told now.
  removal_counts exchange_removals(const removal_counts& now);

private:
  /// The calls of one kind.
  struct row {
    std::string_view operation;
    caf::telemetry::dbl_histogram* histogram;
  };

  /// Finds the row of a kind; makes it where there is none and there is room.
  const row* row_of(engine& of, std::string_view operation);

  const row* add_row(engine& of, std::string_view operation);

  static constexpr size_t max_codes = 64;

  std::array<std::atomic<uint64_t>, max_codes> errors_{};

  /// Filled from the front; never changed afterwards.
  std::array<std::atomic<const row*>, 96> rows_{};
  std::mutex rows_mtx_;

  std::atomic<int64_t> entries_{-1};
  std::atomic<uint64_t> bytes_{0};

  std::mutex removals_mtx_;
  removal_counts removals_;
};

} // namespace actor_cache::detail
