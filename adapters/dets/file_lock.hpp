#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace actor_cache::dets_store {

/// Keeps other processes, and other caches of this one, from a file: whoever
/// writes is alone, readers share it. Ends with the process, however that ends.
class file_lock {
public:
  enum class mode : uint8_t { write, read };

  /// Opens the file `path` and locks it.
  /// @returns `errc::unavailable` where another one has it, `errc::io_error`
  static caf::expected<file_lock> take(const std::string& path, mode wanted);

  file_lock(file_lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {
    // nop
  }

  file_lock& operator=(file_lock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  ~file_lock();

  /// Returns the size of the file.
  caf::expected<uint64_t> size(const std::string& path) const;

private:
  explicit file_lock(int fd) noexcept : fd_(fd) {
    // nop
  }

  /// Tells whether `path` still leads to the file that was locked.
  bool holds(const std::string& path) const noexcept;

  int fd_;
};

} // namespace actor_cache::dets_store
