#pragma once

#include "actor_cache/adapters/dets.hpp"

#include "file_lock.hpp"
#include "tree.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace actor_cache::dets_store {

/// The files of one table: the tree, and beside it LMDB's lock file and, where
/// each write is synced, two logs.
class table_files {
public:
  table_files(const dets_options& options, std::string_view cache);

  const std::string& path() const noexcept {
    return path_;
  }

  std::string log_path(size_t index) const;

  /// Makes what is missing, locks the file, checks it and opens the tree.
  /// @returns the errors of `file_lock`, `check_tree` and `tree::open`
  caf::expected<std::unique_ptr<tree>> open(const time_base& time,
                                            hash_fn hash);

  /// Tells whether there are logs, which a writer has left behind.
  bool has_logs() const;

  /// Lets others have the file.
  void close();

private:
  caf::error prepare();

  caf::error make_folder() const;

  caf::error make_file() const;

  caf::expected<file_lock> take_lock() const;

  const dets_options options_;
  std::string path_;
  std::optional<file_lock> lock_;
};

} // namespace actor_cache::dets_store
