#pragma once

#include "node.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

namespace actor_cache::ets_table {

/// An array of (hash, node) pairs that owns its nodes and keeps them sorted by
/// hash and key, with gaps. An entry lies at the index that its hash names or,
/// where others are in the way, in the run of entries behind it. (This is
/// linear probing with ordered insertion: Amble and Knuth, 1974.) So misses end
/// early, nothing is left behind by removals, and growing is one pass.
///
/// All hashes in an array begin with the same `depth` bits; the bits behind
/// these name the index.
template <class Node>
class slot_array {
public:
  using pointer = typename Node::pointer;

  struct slot {
    uint64_t hash;
    Node* ptr;
  };

  /// Some slots of an array, in a row.
  struct range {
    slot_array* from;
    size_t begin;
    size_t end;

    /// Number of nodes. O(n).
    size_t nodes() const noexcept {
      size_t result = 0;
      for (auto at = begin; at < end; ++at)
        result += (*from)[at].ptr != nullptr ? 1 : 0;
      return result;
    }
  };

  /// The bits of an index in the smallest array.
  static constexpr unsigned least_bits = 3;

  slot_array() noexcept = default;

  slot_array(slot_array&& other) noexcept {
    swap(other);
  }

  slot_array& operator=(slot_array&& other) noexcept {
    swap(other);
    return *this;
  }

  ~slot_array();

  /// Makes the smallest array, for all hashes.
  static slot_array smallest();

  /// Makes an array with indexes of that many bits and room for the nodes of
  /// `ranges`, which lie in the order of their hashes.
  /// @returns an array that is false where memory ran out
  static slot_array room_for(unsigned depth, unsigned bits,
                             std::initializer_list<range> ranges) noexcept;

  /// Takes over the nodes that this array was made for.
  void fill(std::initializer_list<range> ranges) noexcept;

  /// Tells whether there is an array at all: there is none where memory ran
  /// out, or after a move.
  explicit operator bool() const noexcept {
    return slots_ != nullptr;
  }

  slot& operator[](size_t index) const noexcept {
    return slots_[index];
  }

  /// Number of slots.
  size_t extent() const noexcept {
    return extent_;
  }

  /// Number of nodes.
  size_t nodes() const noexcept {
    return nodes_;
  }

  unsigned bits() const noexcept {
    return bits_;
  }

  unsigned depth() const noexcept {
    return depth_;
  }

  /// Tells whether one node more is too many: the array is three quarters full.
  bool crowded() const noexcept {
    return (nodes_ + 1) * 4 > (size_t{3} << bits_);
  }

  /// Tells whether the array has under an eighth of what it has room for, and
  /// may be smaller.
  bool deserted() const noexcept {
    return bits_ > least_bits && nodes_ * 8 < (size_t{1} << bits_);
  }

  range all() noexcept {
    return {this, 0, extent_};
  }

  /// Returns the index of the first slot whose hash has that bit, which all
  /// before it lack, or the extent.
  size_t first_with(uint64_t bit) const noexcept;

  const Node* find(uint64_t hash, std::string_view key) const noexcept;

  /// Returns the first index whose entry does not come before `hash`, or that
  /// such an entry would be inserted at.
  size_t lower_bound(uint64_t hash) const noexcept;

  size_t lower_bound(uint64_t hash, std::string_view key) const noexcept;

  size_t upper_bound(uint64_t hash) const noexcept;

  /// Returns the first index from `index` on that has a node, or the extent.
  size_t next(size_t index) const noexcept;

  /// Returns the last index before `index` that has a node, or the extent.
  size_t previous(size_t index) const noexcept;

  /// Takes over a node whose key is not there.
  /// @returns false where there is no gap behind its place
  bool insert(uint64_t hash, Node* ptr) noexcept;

  /// Takes out the node at `index`.
  pointer extract(size_t index) noexcept;

private:
  size_t home(uint64_t hash) const noexcept {
    return static_cast<size_t>((hash << depth_) >> (64 - bits_));
  }

  /// Calls `f(source, index)` for the slots of all nodes of `ranges` with the
  /// index that each is to have here.
  /// @returns the index behind the last one
  template <class F>
  size_t place(std::initializer_list<range> ranges, F f) const;

  void swap(slot_array& other) noexcept {
    std::swap(slots_, other.slots_);
    std::swap(extent_, other.extent_);
    std::swap(nodes_, other.nodes_);
    std::swap(bits_, other.bits_);
    std::swap(depth_, other.depth_);
  }

  std::unique_ptr<slot[]> slots_;
  size_t extent_ = 0;
  size_t nodes_ = 0;
  unsigned bits_ = 0;
  unsigned depth_ = 0;
};

} // namespace actor_cache::ets_table
