#include "table_files.hpp"

#include "actor_cache/errc.hpp"

#include "../ets/file_descriptor.hpp"
#include "../file_name.hpp"
#include "tree_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace actor_cache::dets_store {

namespace {

namespace fs = std::filesystem;

std::string resolve(const std::string& path, std::string_view cache) {
  std::error_code ignored;
  if (!path.ends_with('/') && !fs::is_directory(path, ignored))
    return path;
  return (fs::path{path} / detail::file_name_of(cache, ".dets")).string();
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
  if (options_.read_only) {
    auto lock = take_lock();
    if (!lock)
      return std::move(lock.error());
    lock_ = std::move(*lock);
    if (has_logs())
      return make_error(errc::unavailable,
                        fmt::format("'{}' was not closed, and changes wait in "
                                    "its logs; open it once without read_only",
                                    path_));
    return {};
  }
  if (auto err = make_folder(); !err.empty())
    return err;
  for (;;) {
    auto lock = take_lock();
    if (!lock)
      return std::move(lock.error());
    auto size = lock->size(path_);
    if (!size)
      return std::move(size.error());
    if (*size > 0) {
      lock_ = std::move(*lock);
      return {};
    }
    if (auto err = make_file(); !err.empty())
      return err;
  }
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

caf::error table_files::make_file() {
  // Under another name, so that there is a whole file or an empty one.
  auto draft = path_ + ".new";
  auto remove_draft = [&] {
    std::error_code ignored;
    fs::remove(draft, ignored);
    fs::remove(draft + "-lock", ignored);
  };
  remove_draft();
  auto err = tree::create(draft, options_.type);
  if (err.empty())
    err = ets_table::rename_durably(draft, path_);
  remove_draft();
  return err;
}

caf::expected<file_lock> table_files::take_lock() const {
  return file_lock::take(path_, options_.read_only ? file_lock::mode::read
                                                   : file_lock::mode::write);
}

} // namespace actor_cache::dets_store
