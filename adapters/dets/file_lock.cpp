#include "file_lock.hpp"

#include "actor_cache/errc.hpp"

#include "../ets/file_descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace actor_cache::dets_store {

caf::expected<file_lock> file_lock::take(const std::string& path, mode wanted) {
  auto flags = wanted == mode::write ? O_RDWR : O_RDONLY;
  for (;;) {
    auto fd = ::open(path.c_str(), flags | O_CLOEXEC);
    if (fd == -1)
      return ets_table::last_io_error("open", path);
    file_lock result{fd};
    struct stat info = {};
    if (::fstat(fd, &info) == -1)
      return ets_table::last_io_error("look at", path);
    if (!S_ISREG(info.st_mode))
      return make_error(errc::io_error,
                        fmt::format("'{}' is no regular file", path));
    if (::flock(fd, (wanted == mode::write ? LOCK_EX : LOCK_SH) | LOCK_NB)
        == -1) {
      if (errno != EWOULDBLOCK)
        return ets_table::last_io_error("lock", path);
      return make_error(errc::unavailable,
                        fmt::format("'{}' is in use by another process, or by "
                                    "another cache of this one",
                                    path));
    }
    // Somebody else may have put a new file there meanwhile.
    if (result.holds(path))
      return result;
  }
}

file_lock::~file_lock() {
  if (fd_ != -1)
    ::close(fd_);
}

caf::expected<uint64_t> file_lock::size(const std::string& path) const {
  struct stat info = {};
  if (::fstat(fd_, &info) == -1)
    return ets_table::last_io_error("look at", path);
  return static_cast<uint64_t>(info.st_size);
}

bool file_lock::holds(const std::string& path) const noexcept {
  struct stat mine = {};
  struct stat theirs = {};
  return ::fstat(fd_, &mine) == 0 && ::stat(path.c_str(), &theirs) == 0
         && mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino;
}

} // namespace actor_cache::dets_store
