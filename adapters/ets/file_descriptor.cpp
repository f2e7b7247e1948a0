#include "file_descriptor.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace actor_cache::ets_table {

namespace {

/// Repeats a system call that a signal interrupted.
template <class F>
auto uninterrupted(F call) {
  for (;;) {
    auto result = call();
    if (result != -1 || errno != EINTR)
      return result;
  }
}

} // namespace

caf::error last_io_error(std::string_view what, const std::string& path) {
  auto code = errno;
  return make_error(errc::io_error,
                    fmt::format("cannot {} '{}': {}", what, path,
                                std::system_category().message(code)));
}

caf::expected<file_descriptor>
file_descriptor::open_to_read(const std::string& path) {
  auto fd
    = uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (fd == -1)
    return last_io_error("open", path);
  return file_descriptor{fd, path};
}

caf::expected<file_descriptor>
file_descriptor::open_to_write(const std::string& path) {
  auto fd = uninterrupted([&] {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  });
  if (fd == -1)
    return last_io_error("create", path);
  return file_descriptor{fd, path};
}

file_descriptor::~file_descriptor() {
  if (fd_ != -1)
    ::close(fd_);
}

caf::expected<uint64_t> file_descriptor::size() const {
  struct stat info = {};
  if (::fstat(fd_, &info) == -1)
    return last_io_error("look at", path_);
  if (!S_ISREG(info.st_mode))
    return make_error(errc::io_error,
                      fmt::format("'{}' is no regular file", path_));
  return static_cast<uint64_t>(info.st_size);
}

caf::error file_descriptor::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    auto count
      = uninterrupted([&] { return ::write(fd_, bytes.data(), bytes.size()); });
    if (count == -1)
      return last_io_error("write to", path_);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

caf::expected<size_t> file_descriptor::read_some(char* out, size_t count) {
  size_t done = 0;
  while (done < count) {
    auto n
      = uninterrupted([&] { return ::read(fd_, out + done, count - done); });
    if (n == -1)
      return last_io_error("read", path_);
    if (n == 0)
      break;
    done += static_cast<size_t>(n);
  }
  return done;
}

caf::error file_descriptor::rewind() {
  if (::lseek(fd_, 0, SEEK_SET) == -1)
    return last_io_error("read", path_);
  return {};
}

caf::error file_descriptor::sync() {
  if (uninterrupted([&] { return ::fsync(fd_); }) == -1)
    return last_io_error("write to", path_);
  return {};
}

caf::error file_descriptor::close() {
  // The descriptor is gone even where this fails.
  if (::close(std::exchange(fd_, -1)) == -1 && errno != EINTR)
    return last_io_error("write to", path_);
  return {};
}

caf::error rename_durably(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == -1)
    return last_io_error("rename a file to", to);
  return sync_folder_of(to);
}

caf::error sync_folder_of(const std::string& path) {
  auto folder = std::filesystem::path{path}.parent_path().string();
  auto parent = file_descriptor::open_to_read(folder.empty() ? "." : folder);
  return parent ? parent->sync() : std::move(parent.error());
}

} // namespace actor_cache::ets_table
