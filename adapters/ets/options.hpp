#pragma once

#include <caf/error.hpp>

#include <cstddef>
#include <string_view>

namespace actor_cache::ets_table {

/// Checks the options `shards` and `write_concurrency` of the struct `options`.
/// @returns `errc::invalid_argument`
caf::error check_shards(std::string_view options, size_t shards,
                        bool write_concurrency);

/// Returns how many shards a table gets by these options.
size_t shard_count(size_t shards, bool write_concurrency);

} // namespace actor_cache::ets_table
