#include "log_file.hpp"

#include "actor_cache/errc.hpp"

#include "../encoding/checksum.hpp"
#include "../ets/file_descriptor.hpp"
#include "../ets/file_format.hpp"
#include "tree_check.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace actor_cache::dets_store {

namespace {

using ets_table::append_number;
using ets_table::number_at;

constexpr std::string_view magic{"\x89"
                                 "ACLOG\r\n",
                                 8};
constexpr uint32_t format = 1;
constexpr size_t head_size = 24;

constexpr uint32_t frame_mark = 0xacde5a7f;
constexpr size_t frame_head_size = 24;

/// By how many bytes a file grows: room for some hundred synced writes, at the
/// cost of one more of a millisecond.
constexpr uint64_t growth = uint64_t{256} << 10;

/// The bytes that must be free on the disk for that. Where there is less, the
/// tree needs it more.
constexpr uint64_t least_free = 64 * growth;

std::string head_of(uint64_t generation) {
  std::string result{magic};
  append_number(result, format);
  append_number(result, generation);
  append_number(result, detail::crc32c(result));
  return result;
}

/// Returns the frame at the beginning of `bytes`, if a whole one is there.
std::optional<std::string_view> frame_at(std::string_view bytes,
                                         uint64_t generation) noexcept {
  if (bytes.size() < frame_head_size
      || number_at<uint32_t>(bytes.data()) != frame_mark
      || number_at<uint64_t>(bytes.data() + 4) != generation)
    return std::nullopt;
  auto size = number_at<uint64_t>(bytes.data() + 12);
  if (size > bytes.size() - frame_head_size)
    return std::nullopt;
  auto body = bytes.substr(frame_head_size, size);
  if (number_at<uint32_t>(bytes.data() + 20)
      != detail::crc32c(body, detail::crc32c(bytes.substr(0, 20))))
    return std::nullopt;
  return body;
}

/// Tells whether there is a whole frame anywhere in `bytes`, of that generation
/// or, without one, of any.
bool has_frame(std::string_view bytes, std::optional<uint64_t> generation) {
  std::string mark;
  append_number(mark, frame_mark);
  if (generation)
    append_number(mark, *generation);
  for (auto at = bytes.find(mark); at != std::string_view::npos;
       at = bytes.find(mark, at + 1)) {
    auto found = bytes.substr(at);
    if (found.size() >= frame_head_size
        && frame_at(found, number_at<uint64_t>(found.data() + 4)))
      return true;
  }
  return false;
}

} // namespace

log_file::log_file(int fd, std::string path) noexcept
  : fd_(fd), path_(std::move(path)) {
  // nop
}

log_file::log_file(log_file&& other) noexcept
  : fd_(std::exchange(other.fd_, -1)),
    path_(std::move(other.path_)),
    generation_(other.generation_),
    end_(other.end_),
    file_size_(other.file_size_) {
  // nop
}

log_file& log_file::operator=(log_file&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(generation_, other.generation_);
  std::swap(end_, other.end_);
  std::swap(file_size_, other.file_size_);
  return *this;
}

log_file::~log_file() {
  if (fd_ != -1)
    ::close(fd_);
}

caf::expected<log_file> log_file::open(std::string path) {
  auto fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd == -1)
    return ets_table::last_io_error("open", path);
  log_file result{fd, std::move(path)};
  if (auto err = result.read_head(); !err.empty())
    return err;
  return result;
}

caf::error log_file::read_head() {
  auto bytes = read_all();
  if (!bytes)
    return std::move(bytes.error());
  file_size_ = bytes->size();
  // What is new must still be there after a power failure.
  if (bytes->empty())
    return ets_table::sync_folder_of(path_);
  // The first frame is written with the head and acknowledged after it, so a
  // head that did not get there means that there is none.
  auto head = std::string_view{*bytes}.substr(0, head_size);
  if (bytes->size() <= head_size
      || (head.find_first_not_of('\0') == std::string_view::npos
          && !has_frame(*bytes, std::nullopt)))
    return {};
  if (!head.starts_with(magic))
    return damaged(path_, "it is no log of a dets file");
  if (auto found = number_at<uint32_t>(head.data() + magic.size());
      found != format)
    return damaged(path_, fmt::format("its format is version {}; known is {}",
                                      found, format));
  auto generation = number_at<uint64_t>(head.data() + 12);
  if (head != head_of(generation))
    return damaged(path_, "its head is damaged");
  generation_ = generation;
  return {};
}

caf::error log_file::replay(visitor visit) {
  if (generation_ == 0)
    return {};
  auto bytes = read_all();
  if (!bytes)
    return std::move(bytes.error());
  auto left = std::string_view{*bytes};
  end_ = head_size;
  left.remove_prefix(head_size);
  while (auto changes = frame_at(left, generation_)) {
    if (auto err = visit(*changes); !err.empty())
      return err;
    end_ += frame_head_size + changes->size();
    left.remove_prefix(frame_head_size + changes->size());
  }
  if (has_frame(left, generation_))
    return damaged(path_, fmt::format("the changes from byte {} on are damaged",
                                      end_));
  return {};
}

void log_file::begin(uint64_t generation) noexcept {
  generation_ = generation;
  end_ = 0;
}

caf::error log_file::append(std::string_view changes) {
  std::string frame;
  if (end_ == 0)
    frame = head_of(generation_);
  auto begin = frame.size();
  append_number(frame, frame_mark);
  append_number(frame, generation_);
  append_number(frame, uint64_t{changes.size()});
  append_number(
    frame, detail::crc32c(changes, detail::crc32c(
                                     std::string_view{frame}.substr(begin))));
  frame.append(changes);
  auto err = write(frame);
  if (err.empty() && ::fdatasync(fd_) == -1)
    err = ets_table::last_io_error("write to", path_);
  if (err.empty()) {
    end_ += frame.size();
  } else {
    // Whatever part of it is there must not be taken for a frame.
    static_cast<void>(::ftruncate(fd_, static_cast<off_t>(end_)));
    file_size_ = end_;
  }
  return err;
}

caf::error log_file::write(std::string_view frame) {
  if (auto err = write_at(end_, frame); !err.empty())
    return err;
  if (auto end = end_ + frame.size(); end > file_size_) {
    file_size_ = end;
    grow();
  }
  return {};
}

void log_file::grow() {
  struct statvfs disk = {};
  if (::fstatvfs(fd_, &disk) == -1
      || disk.f_bavail * disk.f_frsize < least_free)
    return;
  auto grown = (file_size_ / growth + 1) * growth;
  if (write_at(file_size_, std::string(grown - file_size_, '\0')).empty())
    file_size_ = grown;
  else
    static_cast<void>(::ftruncate(fd_, static_cast<off_t>(file_size_)));
}

void log_file::remove() noexcept {
  ::unlink(path_.c_str());
}

caf::expected<std::string> log_file::read_all() const {
  struct stat info = {};
  if (::fstat(fd_, &info) == -1)
    return ets_table::last_io_error("look at", path_);
  std::string result(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < result.size()) {
    auto count = ::pread(fd_, result.data() + done, result.size() - done,
                         static_cast<off_t>(done));
    if (count == -1 && errno == EINTR)
      continue;
    if (count == -1)
      return ets_table::last_io_error("read", path_);
    if (count == 0)
      break;
    done += static_cast<size_t>(count);
  }
  result.resize(done);
  return result;
}

caf::error log_file::write_at(uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    auto count = ::pwrite(fd_, bytes.data(), bytes.size(),
                          static_cast<off_t>(offset));
    if (count == -1 && errno == EINTR)
      continue;
    if (count == -1)
      return ets_table::last_io_error("write to", path_);
    offset += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

} // namespace actor_cache::dets_store
