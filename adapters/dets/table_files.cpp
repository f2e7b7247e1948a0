#include "table_files.hpp"

#include "actor_cache/errc.hpp"

#include "../ets/file_descriptor.hpp"
#include "../file_name.hpp"
#include "tree_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <random>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace actor_cache::dets_store {

namespace {

namespace fs = std::filesystem;

std::string resolve(const std::string& path, std::string_view cache) {
  std::error_code ignored;
  if (!path.ends_with('/') && !fs::is_directory(path, ignored))
    return path;
  return (fs::path{path} / detail::file_name_of(cache, ".dets")).string();
}

/// Makes an empty file, which there must not be.
caf::error reserve(const std::string& path) {
  auto fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd == -1)
    return ets_table::last_io_error("make", path);
  ::close(fd);
  return {};
}

} // namespace

table_files::table_files(const dets_options& options, std::string_view cache)
  : options_(options), path_(resolve(options.file_path, cache)) {
  // nop
}

std::string table_files::log_path(size_t index) const {
  return fmt::format("{}-log{}", path_, index);
}

bool table_files::has_logs() const {
  std::error_code ignored;
  return fs::exists(log_path(0), ignored) || fs::exists(log_path(1), ignored);
}

caf::expected<std::unique_ptr<tree>> table_files::open(const time_base& time,
                                                       hash_fn hash) {
  if (auto err = prepare(); !err.empty())
    return err;
  if (auto err = check_tree(path_, check_depth::bounded); !err.empty())
    return err;
  auto size = lock_->size(path_);
  if (!size)
    return std::move(size.error());
  environment_settings file{path_, options_.map_size, options_.read_only,
                            options_.sync != sync_policy::never
                              && !options_.ram_file};
  while (file.map_size < *size + *size / 2)
    file.map_size *= 2;
  return tree::open({std::move(file), options_.type, time, hash});
}

void table_files::close() {
  if (lock_ && !options_.read_only) {
    std::error_code ignored;
    fs::remove(path_ + "-lock", ignored);
  }
  lock_.reset();
}

caf::error table_files::prepare() {
  std::error_code ignored;
  if (!options_.read_only && !fs::exists(path_, ignored))
    if (auto err = make_file(); !err.empty())
      return err;
  auto lock = take_lock();
  if (!lock)
    return std::move(lock.error());
  auto size = lock->size(path_);
  if (!size)
    return std::move(size.error());
  if (*size == 0)
    return damaged(path_, "it is empty");
  lock_ = std::move(*lock);
  if (options_.read_only && has_logs())
    return make_error(errc::unavailable,
                      fmt::format("'{}' was not closed, and changes wait in "
                                  "its logs; open it once without read_only",
                                  path_));
  return {};
}

caf::error table_files::make_folder() const {
  auto folder = fs::path{path_}.parent_path();
  std::error_code failure;
  if (!folder.empty())
    fs::create_directories(folder, failure);
  if (failure)
    return make_error(errc::io_error,
                      fmt::format("cannot make the directory '{}': {}",
                                  folder.string(), failure.message()));
  return {};
}

caf::error table_files::make_file() const {
  if (auto err = make_folder(); !err.empty())
    return err;
  for (size_t index = 0; index < 2; ++index) {
    std::error_code ignored;
    if (auto size = fs::file_size(log_path(index), ignored);
        !ignored && size > 0)
      return damaged(path_, fmt::format("it is missing, but not its log '{}'",
                                        log_path(index)));
  }
  // Under a name that nothing else has, so that there is a whole file or none.
  auto draft = fmt::format("{}.{:08x}", path_, std::random_device{}());
  auto err = reserve(draft);
  if (!err.empty())
    return err;
  err = tree::create(draft, options_.type);
  // Where another one was faster its file stays.
  if (err.empty() && ::link(draft.c_str(), path_.c_str()) == -1
      && errno != EEXIST)
    err = ets_table::last_io_error("make", path_);
  std::error_code ignored;
  fs::remove(draft, ignored);
  fs::remove(draft + "-lock", ignored);
  return err.empty() ? ets_table::sync_folder_of(path_) : err;
}

caf::expected<file_lock> table_files::take_lock() const {
  return file_lock::take(path_, options_.read_only ? file_lock::mode::read
                                                   : file_lock::mode::write);
}

} // namespace actor_cache::dets_store
