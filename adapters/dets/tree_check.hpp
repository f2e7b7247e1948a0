#pragma once

#include <caf/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace actor_cache::dets_store {

/// How much of a file is checked before it is used.
enum class check_depth : uint8_t {
  /// All of it where it is small; else all but the records, and of a file of
  /// more than 65536 pages what leads to the leaves, and the list of free
  /// pages.
  bounded,
  /// All pages.
  whole,
};

/// Checks that the file `path` is an LMDB file whose pages lead to each other
/// as they should, so that LMDB can be trusted with it: LMDB has no checksums,
/// and ends the process, or reads beyond the file, where a page is damaged.
///
/// The caller must keep others from writing to it.
/// @returns `errc::corrupt_value` or `errc::io_error`, naming file and reason
caf::error check_tree(const std::string& path, check_depth depth);

/// Returns the error for a file that is damaged.
caf::error damaged(const std::string& path, std::string_view reason);

} // namespace actor_cache::dets_store
