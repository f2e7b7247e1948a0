#pragma once

#include "actor_cache/adapter.hpp"
#include "actor_cache/detail/message.hpp"
#include "actor_cache/field.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

namespace actor_cache {

/// What an ets table holds under one key.
enum class ets_type : uint8_t {
  /// One object.
  set,
  /// Any number of objects, of which no two are equal. To find equal ones a
  /// `put` compares with all objects of its key.
  bag,
  /// Any number of objects.
  duplicate_bag,
};

/// Returns the names of the values in their order.
constexpr std::array<std::string_view, 3> names_of(ets_type) {
  return {"set", "bag", "duplicate_bag"};
}

std::string to_string(ets_type x);

/// An in-memory table that all threads read and write at once, like an Erlang
/// ETS table: live objects, no encoding, no actor in between.
///
/// The table is split into shards, each with a lock of its own that readers
/// share. An operation touches one entry of one shard: O(1), and a scan holds a
/// shard only for a page at a time.
///
/// docs/ets.md has all options and calls next to those of ElixirCache.
struct ets_options {
  /// With `bag` and `duplicate_bag` a `put` adds an object, each with its own
  /// lifetime; `get` returns the one put last, `erase` removes all.
  ets_type type = ets_type::set;

  /// Number of shards, a power of two up to 65536; 0 picks 32 for each core, or
  /// one without `write_concurrency`.
  size_t shards = 0;

  /// Off makes a table of one shard: less memory, for caches with hundreds of
  /// entries that are seldom written.
  bool write_concurrency = true;

  /// Without effect, whatever it says: readers never exclude each other.
  /// Accepted because ElixirCache has it.
  bool read_concurrency = true;

  /// Without effect, whatever it says: each shard counts for itself, and calls
  /// for the size add up. Accepted because ElixirCache has it.
  bool decentralized_counters = true;

  /// Hold values as encoded bytes, compressed as `cache_spec::compression`
  /// says: less memory for more time, since each read decodes and each write
  /// encodes.
  bool compressed = false;

  /// A directory, made if missing, where a file keeps the table while the cache
  /// does not run: loaded when the cache starts, written when it is stopped in
  /// an orderly way. Lifetimes go on meanwhile, by the wall clock. Empty for
  /// none. No two running caches may share both directory and name.
  ///
  /// A file that is damaged or no table's makes the start fail with
  /// `errc::corrupt_value`, and is left as it is.
  std::string rehydration_path = {};

  /// @returns `errc::invalid_argument`
  caf::error validate() const;

  adapter_ptr make(const adapter_context& context) const;

  /// Returns the options for a sandbox: the same kind of table, small and
  /// without a file.
  ets_options stand_in() const;

  static constexpr auto fields = std::tuple{
    field{"type", &ets_options::type},
    field{"shards", &ets_options::shards},
    field{"write_concurrency", &ets_options::write_concurrency},
    field{"read_concurrency", &ets_options::read_concurrency},
    field{"decentralized_counters", &ets_options::decentralized_counters},
    field{"compressed", &ets_options::compressed},
    field{"rehydration_path", &ets_options::rehydration_path},
  };
};

/// What a table says about itself beyond `ets_options`.
struct ets_details {
  ets_type type = ets_type::set;
  size_t shards = 0;
  bool compressed = false;

  /// The file that keeps the table, empty for none.
  std::string file;

  template <class Inspector>
  friend bool inspect(Inspector& f, ets_details& x) {
    return f.object(x).fields(detail::enum_field(f, "type", x.type),
                              f.field("shards", x.shards),
                              f.field("compressed", x.compressed),
                              f.field("file", x.file));
  }
};

/// What tells the tables of this adapter from other stores.
class ets_backend {
public:
  static constexpr std::string_view capability_name = "ets_backend";

  virtual ~ets_backend() = default;

  virtual ets_details details() const = 0;
};

} // namespace actor_cache
