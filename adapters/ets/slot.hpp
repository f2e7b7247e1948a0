#pragma once

#include "../fibers/sanitizers.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace actor_cache::ets_table {

/// Where an entry lies, seen from the place that its hash names, and some more
/// bits of that hash: as much of a key as a slot knows. Marks grow in the order
/// of their entries for whoever looks at one slot: those from farther away come
/// before the others, since entries are sorted.
class slot_mark {
public:
  /// Entries as far from home as this, or farther, are told apart by their
  /// hashes alone.
  static constexpr size_t far_away = 63;

  /// `finger` is a number below `fingers`: bits behind those that name a home.
  slot_mark(size_t distance, uint64_t finger) noexcept
    : bits_(static_cast<uint16_t>(
        (far_away - std::min(distance, far_away)) << finger_bits | finger)) {
    // nop
  }

  explicit slot_mark(uint16_t bits) noexcept : bits_(bits) {
    // nop
  }

  static constexpr unsigned finger_bits = 10;

  uint16_t bits() const noexcept {
    return bits_;
  }

  bool is_far() const noexcept {
    return distance() == far_away;
  }

  /// Returns the distance from home, or `far_away` where that is at least it.
  size_t distance() const noexcept {
    return far_away - (bits_ >> finger_bits);
  }

  /// Returns the mark of the same entry one slot farther from home.
  slot_mark farther() const noexcept {
    return slot_mark{is_far() ? bits_ : static_cast<uint16_t>(bits_ - step)};
  }

  /// Returns the mark of the same entry at that distance from home.
  slot_mark at(size_t distance) const noexcept {
    return {distance, static_cast<uint64_t>(bits_ % step)};
  }

  friend auto operator<=>(slot_mark, slot_mark) noexcept = default;

private:
  static constexpr uint16_t step = 1 << finger_bits;

  uint16_t bits_;
};

/// A place for one node: nothing, or a node with its mark, in one word. Memory
/// of user space has addresses of 48 bits unless a program asks for others.
template <class Node>
class slot {
public:
  slot() noexcept = default;

#ifndef ACTOR_CACHE_ASAN
  slot(Node* ptr, slot_mark mark) noexcept
    : word_(reinterpret_cast<uintptr_t>(ptr)
            | static_cast<uint64_t>(mark.bits()) << address_bits) {
    assert(this->ptr() == ptr);
  }

  Node* ptr() const noexcept {
    constexpr auto addresses = (uint64_t{1} << address_bits) - 1;
    return reinterpret_cast<Node*>(static_cast<uintptr_t>(word_ & addresses));
  }

  slot_mark mark() const noexcept {
    return slot_mark{static_cast<uint16_t>(word_ >> address_bits)};
  }

  bool empty() const noexcept {
    return word_ == 0;
  }

private:
  static constexpr unsigned address_bits = 48;

  uint64_t word_ = 0;
#else
  // LeakSanitizer has to recognize what points to a node.
  slot(Node* ptr, slot_mark mark) noexcept : ptr_(ptr), mark_(mark) {
    // nop
  }

  Node* ptr() const noexcept {
    return ptr_;
  }

  slot_mark mark() const noexcept {
    return mark_;
  }

  bool empty() const noexcept {
    return ptr_ == nullptr;
  }

private:
  Node* ptr_ = nullptr;
  slot_mark mark_{0, 0};
#endif
};

} // namespace actor_cache::ets_table
