#pragma once

#include "actor_cache/types.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace actor_cache::ets_table {

/// What a node is hung up by that a wheel knows.
template <class Node>
struct wheel_links {
  Node* next = nullptr;

  /// What points to the node; null where no wheel has it.
  Node** previous = nullptr;

  /// The tick at which the wheel looks at the node.
  uint64_t due = 0;
};

/// Finds the nodes whose time is over without looking at the others: a
/// hierarchical timing wheel (Varghese and Lauck, 1987). A node hangs in the
/// slot of its tick or, farther ahead, in one that stands for 64, 64^2, ...
/// ticks and is dealt out to finer slots when its time comes: at most once for
/// each of the seven levels.
///
/// A node whose deadline moves away stays where it is and is hung up again when
/// the old one comes, so that a write to an entry that lives on costs nothing.
///
/// A `Node` has `links()`, null where it has no room for any, and
/// `kept_until()`. Not thread-safe: a shard guards its wheel with its lock.
template <class Node>
class timing_wheel {
public:
  explicit timing_wheel(time_point now) noexcept : current_(tick_of(now)) {
    // nop
  }

  timing_wheel(const timing_wheel&) = delete;

  timing_wheel& operator=(const timing_wheel&) = delete;

  /// Sees to it that the wheel looks at `x` when its time is over. A node that
  /// lives without an end, or has no room for links, needs no wheel.
  void schedule(Node& x) noexcept {
    auto* at = x.links();
    auto deadline = x.kept_until();
    if (at == nullptr || deadline == never)
      return;
    auto due = std::max(tick_of(deadline), current_);
    if (at->previous != nullptr) {
      if (at->due <= due)
        return;
      remove(x);
    }
    hang_up(x, *at, due);
  }

  /// Takes `x` off the wheel, if it is there.
  static void remove(Node& x) noexcept {
    auto* at = x.links();
    if (at == nullptr || at->previous == nullptr)
      return;
    *at->previous = at->next;
    if (at->next != nullptr)
      at->next->links()->previous = at->previous;
    at->previous = nullptr;
  }

  /// Goes on to `now` and calls `expire(x)` for each node that is not kept
  /// then, which the wheel has let go by then. Looks at no more than `limit`
  /// nodes; if that is less than there are in one slot, it may find one that
  /// was over for less than a tick (67 ms) later.
  /// @returns whether it got through
  template <class Expire>
  bool advance(time_point now, size_t limit, Expire expire) {
    auto goal = tick_of(now);
    for (;;) {
      for (auto level = levels - 1; level > 0; --level)
        if (low_bits(level) == 0 && !deal_out(level, now, limit, expire))
          return false;
      if (current_ >= goal)
        return scan_now(now, limit, expire);
      if (!deal_out(0, now, limit, expire))
        return false;
      current_ = next_event(goal);
    }
  }

  /// Number of nodes that `advance` has looked at so far, for tests.
  uint64_t looked_at() const noexcept {
    return looked_at_;
  }

private:
  static constexpr unsigned bits = 6;
  static constexpr unsigned levels = 7;
  static constexpr size_t width = size_t{1} << bits;

  /// A tick is 2^26 ns, about 67 ms: seven levels cover all of time.
  static uint64_t tick_of(time_point x) noexcept {
    constexpr auto bias = uint64_t{1} << 63;
    auto count = timespan{x.time_since_epoch()}.count();
    return (static_cast<uint64_t>(count) + bias) >> 26;
  }

  size_t index_of(unsigned level) const noexcept {
    return (current_ >> (bits * level)) % width;
  }

  uint64_t low_bits(unsigned level) const noexcept {
    return current_ & ((uint64_t{1} << (bits * level)) - 1);
  }

  void hang_up(Node& x, wheel_links<Node>& at, uint64_t due) noexcept {
    // The level is that of the highest digit in which `due` is not now.
    auto ahead = due ^ current_;
    auto level = ahead == 0 ? 0u : (std::bit_width(ahead) - 1) / bits;
    auto slot = (due >> (bits * level)) % width;
    auto*& head = slots_[level][slot];
    at = {head, &head, due};
    if (head != nullptr)
      head->links()->previous = &at.next;
    head = &x;
    used_[level] |= uint64_t{1} << slot;
  }

  /// Empties the slot of `level` that `current_` has come to.
  template <class Expire>
  bool deal_out(unsigned level, time_point now, size_t& limit, Expire& expire) {
    auto slot = index_of(level);
    auto*& head = slots_[level][slot];
    while (head != nullptr) {
      if (limit == 0)
        return false;
      --limit;
      ++looked_at_;
      auto& x = *head;
      remove(x);
      if (now < x.kept_until())
        schedule(x);
      else
        expire(x);
    }
    used_[level] &= ~(uint64_t{1} << slot);
    return true;
  }

  /// Looks for what is over already in the slot of this tick, which is not.
  /// @returns false where it found some and may find more
  template <class Expire>
  bool scan_now(time_point now, size_t& limit, Expire& expire) {
    auto found = false;
    for (auto* x = slots_[0][index_of(0)]; x != nullptr; --limit) {
      if (limit == 0)
        return !found;
      ++looked_at_;
      auto& current = *x;
      x = current.links()->next;
      if (now < current.kept_until())
        continue;
      found = true;
      remove(current);
      expire(current);
    }
    return true;
  }

  /// Returns the first tick behind `current_`, up to `goal`, at which a slot
  /// may have nodes.
  uint64_t next_event(uint64_t goal) const noexcept {
    for (unsigned level = 0; level < levels; ++level) {
      auto behind = ~uint64_t{1} << index_of(level);
      auto ahead = used_[level] & behind;
      if (ahead == 0)
        continue;
      auto digit = static_cast<uint64_t>(std::countr_zero(ahead));
      auto group = current_ >> (bits * level) & ~uint64_t{width - 1};
      return std::min(goal, (group | digit) << (bits * level));
    }
    return goal;
  }

  uint64_t current_;
  uint64_t looked_at_ = 0;

  /// One bit for each slot that may have nodes.
  std::array<uint64_t, levels> used_{};
  std::array<std::array<Node*, width>, levels> slots_{};
};

} // namespace actor_cache::ets_table
