#pragma once

#include "slot_array.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace actor_cache::ets_table {

/// The nodes of a shard in the order of their hashes and keys, in arrays of
/// bounded size: one that has become too full is split in two by the next bit
/// of its hashes, and two such that have emptied become one again. A directory
/// finds the array of a hash. (This is extendible hashing: Fagin, Nievergelt,
/// Pippenger and Strong, 1979.)
///
/// So no call moves more than some thousand slots, however many entries there
/// are, unless hashes fall together: an array that no bit divides grows.
template <class Node>
class slot_index {
public:
  using array = slot_array<Node>;
  using pointer = typename Node::pointer;

  /// Where a slot is; positions in order are slots in order. Any change makes
  /// it invalid.
  struct position {
    size_t part;
    size_t index;
  };

  explicit slot_index(key_hasher hash = {});

  /// Sets what keys are hashed by; to be called before all others.
  void hash_by(key_hasher hash) noexcept {
    hash_ = hash;
    parts_.front().hash_by(hash);
  }

  key_hasher hasher() const noexcept {
    return hash_;
  }

  const Node* find(uint64_t hash, std::string_view key) const noexcept {
    return rows_[prefix_of(hash)].find(hash, key);
  }

  /// Takes over a node whose key is not there.
  /// @returns false where memory ran out
  bool insert(uint64_t hash, Node* ptr) noexcept;

  /// Takes out the node of `key`, which must be there.
  pointer extract(uint64_t hash, std::string_view key) noexcept;

  position lower_bound(uint64_t hash) const noexcept {
    auto part = part_of(hash);
    return {part, parts_[part].lower_bound(hash)};
  }

  position lower_bound(uint64_t hash, std::string_view key) const noexcept {
    auto part = part_of(hash);
    return {part, parts_[part].lower_bound(hash, key)};
  }

  position upper_bound(uint64_t hash) const noexcept {
    auto part = part_of(hash);
    return {part, parts_[part].upper_bound(hash)};
  }

  position begin() const noexcept {
    return {0, 0};
  }

  position end() const noexcept {
    return {parts_.size(), 0};
  }

  /// Returns the node at that position, which must be there.
  Node* node(position at) const noexcept {
    return parts_[at.part].node(at.index);
  }

  /// Puts a node with the same key in its place.
  Node* exchange(position at, Node* ptr) noexcept {
    return parts_[at.part].exchange(at.index, ptr);
  }

  /// Returns the first position from `at` on that has a node.
  std::optional<position> next(position at) const noexcept;

  /// Returns the last position before `at` that has a node.
  std::optional<position> previous(position at) const noexcept;

  /// Hands over the arrays that others have replaced, to be freed once no lock
  /// is held: that may give memory back to the system, for milliseconds.
  std::vector<array> take_outgrown() noexcept {
    return std::move(outgrown_);
  }

  /// Number of slots.
  size_t extent() const noexcept;

  /// The most slots that one call has moved nodes out of, for tests.
  size_t most_moved() const noexcept {
    return most_moved_;
  }

private:
  size_t prefix_of(uint64_t hash) const noexcept {
    return static_cast<size_t>((hash >> 1) >> (63 - depth_));
  }

  size_t part_of(uint64_t hash) const noexcept {
    return directory_[prefix_of(hash)];
  }

  /// Makes room for one more node in that part.
  bool grow(size_t part) noexcept;

  bool resize(size_t part, unsigned bits) noexcept;

  bool split(size_t part) noexcept;

  /// Makes a part smaller that has emptied.
  void shrink(size_t part) noexcept;

  /// Returns the other half of what that part was split from, unless that was
  /// split further.
  std::optional<size_t> other_half(size_t part) const noexcept;

  /// Makes one of the part and its other half where both are nearly empty.
  /// @returns which one that is
  std::optional<size_t> merge(size_t part) noexcept;

  /// Returns how many bits of a hash it takes to tell all parts apart.
  unsigned deepest() const noexcept;

  /// Has the directory name the parts that there are; there is room for it. To
  /// be called whenever these have changed.
  void rebuild_directory(unsigned depth) noexcept;

  /// Keeps what was replaced until it is taken, or frees it where there is no
  /// memory for that.
  void retire(array old) noexcept;

  void note_moved(size_t slots) noexcept {
    most_moved_ = std::max(most_moved_, slots);
  }

  /// What finds nodes, for each value of the first `depth_` bits of a hash:
  /// first, so that it lies beside a lock that lies before this.
  std::vector<slot_row<Node>> rows_;
  unsigned depth_ = 0;

  /// The number of the part for each of these values.
  std::vector<uint32_t> directory_;
  std::vector<array> parts_;
  std::vector<array> outgrown_;
  key_hasher hash_;
  size_t most_moved_ = 0;
};

} // namespace actor_cache::ets_table
