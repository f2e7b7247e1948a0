#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/adapters/ets.hpp"
#include "actor_cache/detail/message.hpp"
#include "actor_cache/field.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

namespace actor_cache {

/// When a dets table brings what was written to the disk.
enum class sync_policy : uint8_t {
  /// Before the call returns: nothing that was acknowledged is ever lost.
  /// Callers that write at the same time share one wait for the disk.
  every_write,
  /// At every `sync_interval`. A crash, of the process or of the system, loses
  /// what is younger than that, and nothing else.
  interval,
  /// When the operating system likes. A crash of the process loses what is
  /// younger than `sync_interval`; one of the system may damage the file.
  never,
};

/// Returns the names of the values in their order.
constexpr std::array<std::string_view, 3> names_of(sync_policy) {
  return {"every_write", "interval", "never"};
}

std::string to_string(sync_policy x);

/// A table in a file, like an Erlang DETS table: encoded values in an LMDB
/// tree that all threads read at once, without a lock and without an actor in
/// between. It survives restarts, and a process that is killed.
///
/// Writes are collected in memory, where readers see them, and go into the tree
/// in few large transactions; with `every_write` they are in a log before. No
/// call but `sync` waits for the tree to be on the disk, nor do those that go
/// through the table; only writers that are faster than the disk do.
///
/// docs/dets.md has all options and calls next to those of ElixirCache.
struct dets_options {
  /// With `bag` and `duplicate_bag` a `put` adds an object, each with its own
  /// lifetime; `get` returns the one put last, `erase` removes all. A file has
  /// the type that it was made with.
  ets_type type = ets_type::set;

  /// The file, or a directory for a file that is named after the cache, with
  /// `.dets`: an existing one, or a path that ends with a slash. What is
  /// missing is made. No two running caches may share a file.
  std::string file_path = ".";

  /// Keep what is written in memory until `sync`, or until the cache is
  /// stopped.
  bool ram_file = false;

  /// When writes reach the disk; without effect with `ram_file`.
  sync_policy sync = sync_policy::interval;

  /// How often what was written goes to the file.
  timespan sync_interval = std::chrono::seconds{1};

  /// Refuse to write. The file must be there; any number of processes may read
  /// it so at once, while none writes.
  bool read_only = false;

  /// Bytes of memory for what was read or written lately and is in the file as
  /// well, so that readers find it without a look into the file; 0 for none. As
  /// much, and no less than 8 MiB, may wait to be written before a transaction
  /// begins early.
  size_t cache_size = size_t{32} << 20;

  /// The address space in bytes that the file gets at first, at least 1 MiB.
  /// Where the file needs more, it doubles by itself.
  size_t map_size = size_t{1} << 30;

  /// @returns `errc::invalid_argument`
  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;

  /// Returns the options for a sandbox: a table in memory that holds bytes too.
  ets_options stand_in() const;

  static constexpr auto fields = std::tuple{
    field{"type", &dets_options::type},
    field{"file_path", &dets_options::file_path},
    field{"ram_file", &dets_options::ram_file},
    field{"sync", &dets_options::sync},
    field{"sync_interval", &dets_options::sync_interval},
    field{"read_only", &dets_options::read_only},
    field{"cache_size", &dets_options::cache_size},
    field{"map_size", &dets_options::map_size},
  };
};

/// What a table says about itself beyond `cache_stats`.
struct dets_details {
  ets_type type = ets_type::set;
  std::string file;
  uint64_t file_size = 0;
  bool ram_file = false;
  sync_policy sync = sync_policy::interval;
  bool read_only = false;

  /// The address space that the file has now.
  size_t map_size = 0;

  /// How many keys wait in memory for the next transaction.
  size_t unwritten = 0;

  /// About how many bytes of memory those take that are kept for readers.
  size_t cached = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, dets_details& x) {
    return f.object(x).fields(
      detail::enum_field(f, "type", x.type), f.field("file", x.file),
      f.field("file_size", x.file_size), f.field("ram_file", x.ram_file),
      detail::enum_field(f, "sync", x.sync), f.field("read_only", x.read_only),
      f.field("map_size", x.map_size), f.field("unwritten", x.unwritten),
      f.field("cached", x.cached));
  }
};

/// What a file says about itself. (Erlang: `dets:is_dets_file/1`.)
struct dets_file_info {
  ets_type type = ets_type::set;
  uint32_t format = 0;

  /// Number of objects, those whose time is over included.
  uint64_t size = 0;
};

/// Checks the file `path`, all pages of it, without changing it. Blocks on the
/// disk.
/// @returns `errc::corrupt_value` where the file is damaged or no table's,
///          `errc::unavailable` where a running cache writes to it,
///          `errc::io_error` where it cannot be read: all name file and reason
caf::expected<dets_file_info> inspect_dets_file(const std::string& path);

/// What tells the tables of this adapter from other stores.
///
/// Thread safety: as the adapter.
class dets_backend {
public:
  static constexpr std::string_view capability_name = "dets_backend";

  virtual ~dets_backend() = default;

  virtual dets_details details() const = 0;

  /// Waits until all that was written before is on the disk.
  /// @returns `errc::io_error`, naming the file and the reason
  virtual caf::error sync() = 0;
};

} // namespace actor_cache
