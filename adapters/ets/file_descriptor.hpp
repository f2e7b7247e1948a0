#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace actor_cache::ets_table {

/// An open file. Errors are `errc::io_error` and name the file and the reason.
class file_descriptor {
public:
  static caf::expected<file_descriptor> open_to_read(const std::string& path);

  /// Creates the file, or empties it.
  static caf::expected<file_descriptor> open_to_write(const std::string& path);

  file_descriptor(file_descriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {
    // nop
  }

  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
  }

  ~file_descriptor();

  const std::string& path() const noexcept {
    return path_;
  }

  caf::expected<uint64_t> size() const;

  caf::error write_all(std::string_view bytes);

  /// Fills `out`, or as much of it as the file has.
  /// @returns the number of bytes read
  caf::expected<size_t> read_some(char* out, size_t count);

  caf::error rewind();

  /// Waits until what was written is on the disk.
  caf::error sync();

  caf::error close();

private:
  file_descriptor(int fd, std::string path) noexcept
    : fd_(fd), path_(std::move(path)) {
    // nop
  }

  int fd_;
  std::string path_;
};

/// Renames a file and waits until the directory is on the disk.
caf::error rename_durably(const std::string& from, const std::string& to);

/// Waits until the directory of a file is on the disk, and with it what files
/// it has.
caf::error sync_folder_of(const std::string& path);

/// Returns an `errc::io_error` that says what the operating system said last.
caf::error last_io_error(std::string_view what, const std::string& path);

} // namespace actor_cache::ets_table
