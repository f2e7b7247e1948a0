#pragma once

#include "actor_cache/detail/function_ref.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// A log is a head and frames, written one after the other. All numbers are
// little endian:
//
//   8  89 41 43 4c 4f 47 0d 0a
//   4  format version
//   8  generation
//   4  CRC-32C of all before
//
// and each frame:
//
//   4  7f 5a de ac
//   8  generation: a frame of another one is a remnant
//   8  the bytes that follow
//   4  CRC-32C of the rest of the frame
//   n  changes, see log_changes.hpp
//
// Behind the last frame come zeros, or remnants of older generations.

namespace actor_cache::dets_store {

/// A file that holds changes until they are in the tree. It is written over
/// from the beginning for each new generation, and grows by zeros ahead of its
/// frames: where a file keeps its size and its blocks, waiting for the disk
/// means one write to it instead of a transaction of the file system.
///
/// Not thread-safe.
class log_file {
public:
  using visitor = detail::function_ref<caf::error(std::string_view changes)>;

  /// Opens the file, or makes it.
  static caf::expected<log_file> open(std::string path);

  log_file(log_file&& other) noexcept;

  log_file& operator=(log_file&& other) noexcept;

  ~log_file();

  /// The generation of the frames, 0 without any.
  uint64_t generation() const noexcept {
    return generation_;
  }

  /// Calls `visit` for each whole frame. What comes behind the last one was
  /// being written when the process ended, and never acknowledged.
  /// @returns `errc::corrupt_value` where a frame in the midst is damaged,
  ///          `errc::io_error`: both name file and reason
  caf::error replay(visitor visit);

  /// Forgets all frames; those to come have that generation.
  void begin(uint64_t generation) noexcept;

  /// Adds a frame and waits until it is on the disk. After an error the frame
  /// is not there, and the next one takes its place.
  caf::error append(std::string_view changes);

  /// Removes the file.
  void remove() noexcept;

private:
  log_file(int fd, std::string path) noexcept;

  caf::error read_head();

  caf::expected<std::string> read_all() const;

  /// Writes a frame. Where that takes the file's last room, it grows.
  caf::error write(std::string_view frame);

  /// Adds zeros at the end, where the disk has plenty of room.
  void grow();

  caf::error write_at(uint64_t offset, std::string_view bytes) const;

  int fd_;
  std::string path_;
  uint64_t generation_ = 0;
  uint64_t end_ = 0; // of the frames
  uint64_t file_size_ = 0;
};

} // namespace actor_cache::dets_store
