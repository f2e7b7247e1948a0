#pragma once

#include "tree.hpp"

#include <lmdb.h>

// The two records of a file that are no entries: its head, written once, and
// its state, written by each transaction.

namespace actor_cache::dets_store {

inline constexpr uint32_t newest_format = 1;

/// What a file says about itself.
struct tree_head {
  uint32_t format = newest_format;
  ets_type type = ets_type::set;
  tree_state state;
};

/// How many records of the tree are no entries.
inline constexpr size_t head_records = 2;

/// @returns `errc::corrupt_value`
caf::expected<tree_head> read_head(MDB_txn* transaction, MDB_dbi table,
                                   const std::string& path);

int write_head(MDB_txn* transaction, MDB_dbi table, ets_type type);

int write_state(MDB_txn* transaction, MDB_dbi table, const tree_state& state);

} // namespace actor_cache::dets_store
