#pragma once

#include "hash.hpp"
#include "node.hpp"
#include "slot.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

namespace actor_cache::ets_table {

/// What it takes to find a node in an array of slots, and no more: a table has
/// these in a row, ready for whoever comes with a key.
template <class Node>
struct slot_row {
  const slot<Node>* slots = nullptr;
  uint8_t depth = 0;
  uint8_t bits = 0;

  /// Returns the index that a hash names.
  size_t home(uint64_t hash) const noexcept {
    return static_cast<size_t>((hash << depth) >> (64 - bits));
  }

  slot_mark mark(size_t distance, uint64_t hash) const noexcept {
    return {distance,
            (hash << (depth + bits)) >> (64 - slot_mark::finger_bits)};
  }

  const Node* find(uint64_t hash, std::string_view key) const noexcept {
    const auto* at = slots + home(hash);
    // Ends at an empty slot: the last one is.
    for (auto wanted = mark(0, hash); !at->empty();
         ++at, wanted = wanted.farther()) {
      auto seen = at->mark();
      // All far ones look alike: these are not in the order of their marks.
      if (seen > wanted && !seen.is_far())
        break;
      if (seen == wanted && same_key(at->ptr()->key(), key))
        return at->ptr();
    }
    return nullptr;
  }
};

/// An array of slots that owns its nodes and keeps them sorted by hash and key,
/// with gaps. An entry lies at the index that its hash names, its home, or,
/// where others are in the way, in the run of entries behind it. (This is
/// linear probing with ordered insertion: Amble and Knuth, 1974; each slot also
/// tells how far its entry is from home: Celis, "Robin Hood hashing", 1986.) So
/// misses end early, nothing is left behind by removals, and growing is one
/// pass.
///
/// All hashes in an array begin with the same `depth` bits; the bits behind
/// these name the home.
template <class Node>
class slot_array {
public:
  using pointer = typename Node::pointer;

  /// Some slots of an array, in a row.
  struct range {
    slot_array* from;
    size_t begin;
    size_t end;

    /// Number of nodes. O(n).
    size_t nodes() const noexcept {
      size_t result = 0;
      for (auto at = begin; at < end; ++at)
        result += from->slots_[at].empty() ? 0 : 1;
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
  static slot_array smallest(key_hasher hash);

  /// Sets what keys are hashed by, while there are none.
  void hash_by(key_hasher hash) noexcept {
    hash_ = hash;
  }

  /// Makes an array with indexes of that many bits and room for the nodes of
  /// `ranges`, which lie in the order of their hashes.
  /// @returns an array that is false where memory ran out
  static slot_array room_for(key_hasher hash, unsigned depth, unsigned bits,
                             std::initializer_list<range> ranges) noexcept;

  /// Takes over the nodes that this array was made for.
  void fill(std::initializer_list<range> ranges) noexcept;

  /// Tells whether there is an array at all: there is none where memory ran
  /// out, or after a move.
  explicit operator bool() const noexcept {
    return slots_ != nullptr;
  }

  /// Returns what finds nodes in this array, as long as that lives.
  slot_row<Node> row() const noexcept {
    return {slots_.get(), depth_, bits_};
  }

  /// Returns the node at `index`, which must be there.
  Node* node(size_t index) const noexcept {
    return slots_[index].ptr();
  }

  /// Puts a node with the same key in the place of the one at `index`.
  Node* exchange(size_t index, Node* ptr) noexcept {
    auto& at = slots_[index];
    return std::exchange(at, {ptr, at.mark()}).ptr();
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

  /// Returns the index of the first node whose home is in the upper half, or
  /// the extent.
  size_t middle() const noexcept;

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
    return row().home(hash);
  }

  uint64_t hash_at(size_t index) const noexcept {
    return hash_(slots_[index].ptr()->key());
  }

  size_t distance(size_t index) const noexcept;

  /// Tells how the entry at `index` is to an entry with `hash` that would lie
  /// there. Looks at the node itself only where the mark does not tell.
  std::strong_ordering compare(size_t index, uint64_t hash) const noexcept;

  /// Calls `f(source, hash, index)` for the slots of all nodes of `ranges` with
  /// the index that each is to have here.
  /// @returns the index behind the last one
  template <class F>
  size_t place(std::initializer_list<range> ranges, F f) const;

  void swap(slot_array& other) noexcept {
    std::swap(hash_, other.hash_);
    std::swap(slots_, other.slots_);
    std::swap(extent_, other.extent_);
    std::swap(nodes_, other.nodes_);
    std::swap(bits_, other.bits_);
    std::swap(depth_, other.depth_);
  }

  key_hasher hash_;
  std::unique_ptr<slot<Node>[]> slots_;

  /// The last slot is always empty.
  size_t extent_ = 0;
  size_t nodes_ = 0;
  uint8_t bits_ = 0;
  uint8_t depth_ = 0;
};

} // namespace actor_cache::ets_table
