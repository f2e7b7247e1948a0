#pragma once

#include "actor_cache/detail/arithmetic.hpp"
#include "actor_cache/detail/counters.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/types.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace actor_cache::counter_store {

using detail::arithmetic_op;

/// Any integer of any type.
__extension__ using wide = __int128;

/// An integer type.
struct number_kind {
  wide lowest;
  wide highest;
  bool (*holds)(const term&);
  std::optional<wide> (*read)(const term&);
  term (*make)(wide);
};

/// A number that threads change at once, as the value of a node: a term that
/// stays inside of the store. It lies on a cache line of its own.
///
/// Who counts blindly adds to a stripe that is its thread's own; the number is
/// then the sum of all of these.
struct alignas(64) counter_box : detail::term_box {
  counter_box(const number_kind& kind, wide number) noexcept;

  ~counter_box();

  /// Returns the box of a term, null where it has none.
  static counter_box* in(const term& value) noexcept;

  /// Returns a term with a box in place of an integer; other values, and bytes,
  /// come back as they are.
  static term wrap(term value);

  /// Returns how often the number was changed. Whoever reads that before the
  /// number has a number at least as new.
  uint64_t changes() const noexcept;

  /// Number of cache lines that were counted on blindly, for tests.
  size_t lines_in_use() const noexcept;

  /// Returns the number as callers know it.
  term read() const;

  /// Changes the number and returns the new one.
  /// @returns nothing where some have counted blindly, `errc::invalid_argument`
  ///          where the number would be out of range
  caf::expected<std::optional<term>> count(arithmetic_op op, wide step);

  /// Changes the number.
  /// @returns false where `step` is too large for that
  bool count_blindly(arithmetic_op op, wide step);

  const number_kind& kind;

private:
  struct alignas(64) stripe {
    std::atomic<int64_t> sum{0};
    std::atomic<uint64_t> changes{0};
  };

  using stripes = std::array<stripe, 16>;

  wide number() const noexcept;

  stripes& all_stripes();

  /// The number, modulo 2^64.
  std::atomic<uint64_t> bits_;
  std::atomic<uint64_t> changes_{0};
  std::atomic<stripes*> stripes_{nullptr};
};

} // namespace actor_cache::counter_store
