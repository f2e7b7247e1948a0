#pragma once

#include "actor_cache/compression_options.hpp"
#include "actor_cache/detail/function_ref.hpp"
#include "actor_cache/term.hpp"
#include "actor_cache/ttl.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace actor_cache {

/// A point in time by the wall clock, which goes on between two runs.
using wall_time = std::chrono::system_clock::time_point;

/// What a table file says about itself. (Erlang: `ets:tabfile_info/1`.)
struct ets_file_info {
  /// The cache that was saved.
  std::string name;

  wall_time saved_at;

  /// Number of entries, those that have expired since included.
  uint64_t size = 0;
};

/// Writes a table file: entries of any cache with the lifetimes that they have
/// left, in the format of docs/ets.md. The file appears under its name when it
/// is complete and on disk, by `commit`; up to then, and if anything fails, an
/// older file of that name stays as it is.
///
/// Not thread-safe. Blocks on the disk.
class ets_file_writer {
public:
  /// Begins the file `path` for the cache `name`.
  /// @returns `errc::io_error`, naming the file and the reason
  static caf::expected<ets_file_writer>
  create(std::string path, std::string_view name, wall_time now);

  ets_file_writer(ets_file_writer&& other) noexcept;

  ets_file_writer& operator=(ets_file_writer&& other) noexcept;

  /// Drops what was not committed.
  ~ets_file_writer();

  /// Adds an entry that lives for another `remaining`.
  /// @returns `errc::encoding_failed`, `errc::io_error`
  caf::error add(std::string_view key, const term& value, ttl remaining,
                 const compression_options& compression = {});

  /// Completes the file.
  /// @returns `errc::io_error`
  caf::error commit();

private:
  class impl;

  explicit ets_file_writer(std::unique_ptr<impl> ptr) noexcept;

  std::unique_ptr<impl> impl_;
};

/// Takes one entry of a file; an error ends the reading.
using ets_file_visitor = detail::function_ref<caf::error(
  std::string key, term value, ttl remaining)>;

/// Calls `visit` for each entry of the file `path` that lives at `now`, with
/// the lifetime that is left, in the order in which they were written. The
/// whole file is checked before the first call. Blocks on the disk.
/// @returns `errc::corrupt_value` where the file is damaged or no table's,
///          `errc::io_error` where it cannot be read: both name file and reason
caf::expected<ets_file_info>
read_ets_file(const std::string& path, wall_time now, ets_file_visitor visit);

/// Checks the file `path` and returns what it says about itself.
/// @returns the errors of `read_ets_file`
caf::expected<ets_file_info> inspect_ets_file(const std::string& path);

} // namespace actor_cache
