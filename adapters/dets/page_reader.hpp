#pragma once

#include "../ets/file_format.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// LMDB's file format, as far as checking it needs: version 1, 64 bits, little
// endian. (LMDB: mdb.c, `MDB_page`, `MDB_node`, `MDB_meta`, `MDB_db`.)

namespace actor_cache::dets_store {

using ets_table::number_at;

inline constexpr uint64_t no_page = ~uint64_t{0};
inline constexpr size_t page_head_size = 16;
inline constexpr size_t node_head_size = 8;

inline constexpr uint16_t branch_flag = 1;
inline constexpr uint16_t leaf_flag = 2;
inline constexpr uint16_t overflow_flag = 4;
inline constexpr uint16_t meta_flag = 8;

/// What a meta page says about one tree.
struct tree_summary {
  uint32_t pad;
  uint16_t flags;
  uint16_t depth;
  uint64_t branch_pages;
  uint64_t leaf_pages;
  uint64_t overflow_pages;
  uint64_t entries;
  uint64_t root;
};

inline tree_summary read_summary(const char* at) noexcept {
  return {number_at<uint32_t>(at),      number_at<uint16_t>(at + 4),
          number_at<uint16_t>(at + 6),  number_at<uint64_t>(at + 8),
          number_at<uint64_t>(at + 16), number_at<uint64_t>(at + 24),
          number_at<uint64_t>(at + 32), number_at<uint64_t>(at + 40)};
}

/// One of the two meta pages.
struct meta_page {
  tree_summary free;
  tree_summary main;
  uint64_t last_page;
  uint64_t transaction;
};

inline meta_page read_meta(const char* at) noexcept {
  return {read_summary(at + 40), read_summary(at + 88),
          number_at<uint64_t>(at + 136), number_at<uint64_t>(at + 144)};
}

inline constexpr size_t meta_end = page_head_size + 136;
inline constexpr uint32_t meta_magic = 0xBEEFC0DE;
inline constexpr uint32_t meta_version = 1;

/// A page of a tree. `node` must be asked for nodes that there are only, of a
/// page that is `sound`.
class page_reader {
public:
  page_reader(const char* at, size_t page_size) noexcept
    : at_(at), page_size_(page_size) {
    // nop
  }

  uint64_t number() const noexcept {
    return number_at<uint64_t>(at_);
  }

  uint16_t flags() const noexcept {
    return number_at<uint16_t>(at_ + 10);
  }

  bool is_leaf() const noexcept {
    return flags() == leaf_flag;
  }

  size_t count() const noexcept {
    return (number_at<uint16_t>(at_ + 12) - page_head_size) / 2;
  }

  /// The pages of a value that needs pages of its own.
  uint32_t overflow_pages() const noexcept {
    return number_at<uint32_t>(at_ + 12);
  }

  struct node_view {
    std::string_view key;

    /// Of a branch.
    uint64_t child = no_page;

    /// Of a leaf: the value, or where its own pages begin.
    std::string_view value;
    uint64_t overflow = no_page;
    uint64_t value_size = 0;
  };

  /// Returns a node; nothing where it does not lie within the page.
  std::optional<node_view> node(size_t index) const noexcept;

  /// Tells whether the head is that of a page in a tree with that number.
  bool sound(uint64_t expected) const noexcept;

private:
  const char* at_;
  size_t page_size_;
};

/// Tells whether all of `value`, which a reader's transaction found, lies where
/// a value may: in the page that it begins in, or in pages that it has for
/// itself. What it says about its size is covered by no checksum.
bool in_its_pages(std::string_view value, size_t page_size) noexcept;

} // namespace actor_cache::dets_store
