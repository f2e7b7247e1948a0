#include "shard_table.hpp"

#include "cursor.hpp"
#include "spread_lock.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <shared_mutex>

namespace actor_cache::ets_table {

namespace {

/// Nodes that `sweep` looks at under one lock, which takes some ten
/// microseconds, and how many full batches of these one call works off.
constexpr size_t locked_nodes = 32;
constexpr size_t sweep_batches = 256;

/// Entries that a scan copies under one lock.
constexpr size_t locked_entries = 512;

constexpr uint64_t max_hash = std::numeric_limits<uint64_t>::max();

uint64_t random_seed() {
  std::random_device source;
  return (static_cast<uint64_t>(source()) << 32) | source();
}

} // namespace

template <class Node, class Mutex>
shard_table<Node, Mutex>::shard_table(size_t shards)
  : hash_{hash_key, random_seed()}, shards_(shards), mask_(shards - 1) {
  for (auto& part : shards_)
    part.hash_by(hash_);
}

template <class Node, class Mutex>
size_t shard_table<Node, Mutex>::size() const noexcept {
  size_t result = 0;
  for (const auto& part : shards_)
    result += part.size();
  return result;
}

template <class Node, class Mutex>
size_t shard_table<Node, Mutex>::bytes() const noexcept {
  size_t result = 0;
  for (const auto& part : shards_)
    result += part.bytes();
  return result;
}

template <class Node, class Mutex>
removals shard_table<Node, Mutex>::removed() const noexcept {
  removals result;
  for (const auto& part : shards_) {
    auto noted = part.removed();
    result.erased += noted.erased;
    result.replaced += noted.replaced;
    result.expired += noted.expired;
  }
  return result;
}

template <class Node, class Mutex>
void shard_table<Node, Mutex>::clear() {
  for (auto& part : shards_) {
    auto removed = part.empty_index(); // outlives the lock
    shard_guard guard{part};
    removed = part.drain(std::move(removed));
  }
}

template <class Node, class Mutex>
caf::expected<scan_page> shard_table<Node, Mutex>::scan(std::string_view from,
                                                        size_t limit,
                                                        time_point now) const {
  auto at = parse_cursor(from, shards_.size(), {});
  if (!at)
    return std::move(at.error());
  scan_page result;
  while (at->part < shards_.size() && result.entries.size() < limit) {
    const auto& part = shards_[at->part];
    auto wanted = std::min(limit - result.entries.size(), locked_entries);
    std::shared_lock guard{part.mtx};
    auto next = part.visit(at->hash, wanted,
                           [&](const Node& x) { x.emit(now, result.entries); });
    at->hash = next.value_or(0);
    if (!next)
      ++at->part;
  }
  if (at->part < shards_.size())
    result.cursor = to_string(*at);
  return result;
}

template <class Node, class Mutex>
caf::expected<scan_page>
shard_table<Node, Mutex>::scan_back(std::string_view from, size_t limit,
                                    time_point now) const {
  auto at = parse_cursor(from, shards_.size(), {shards_.size() - 1, max_hash});
  if (!at)
    return std::move(at.error());
  scan_page result;
  auto done = false;
  while (!done && result.entries.size() < limit) {
    const auto& part = shards_[at->part];
    auto wanted = std::min(limit - result.entries.size(), locked_entries);
    std::shared_lock guard{part.mtx};
    auto next = part.visit_back(at->hash, wanted, [&](const Node& x) {
      auto first = result.entries.size();
      x.emit(now, result.entries);
      std::reverse(result.entries.begin() + static_cast<ptrdiff_t>(first),
                   result.entries.end());
    });
    at->hash = next.value_or(max_hash);
    if (!next)
      done = at->part-- == 0;
  }
  if (!done)
    result.cursor = to_string(*at);
  return result;
}

template <class Node, class Mutex>
std::optional<std::string>
shard_table<Node, Mutex>::neighbour(std::optional<std::string_view> key,
                                    direction way, time_point now) const {
  auto forward = way == direction::forward;
  auto hash = key ? hash_(*key) : 0;
  auto at = key ? hash & mask_ : forward ? 0 : mask_;
  for (;;) {
    const auto& part = shards_[at];
    {
      std::shared_lock guard{part.mtx};
      const auto* found = key       ? forward ? part.after(hash, *key, now)
                                              : part.before(hash, *key, now)
                                : forward ? part.first(now)
                                    : part.last(now);
      if (found != nullptr)
        return std::string{found->key()};
    }
    if (at == (forward ? mask_ : 0))
      return std::nullopt;
    at += forward ? 1 : -1;
    key.reset();
  }
}

template <class Node, class Mutex>
void shard_table<Node, Mutex>::sweep(time_point now) {
  std::unique_lock turn{sweep_mtx_, std::try_to_lock};
  if (!turn)
    return;
  size_t batches = 0;
  // A full batch of one shard is followed by one of the next: whoever waits for
  // the lock gets it.
  for (size_t done = 0; done <= mask_ && batches < sweep_batches;) {
    trash<Node> removed; // destroyed after the lock is released
    auto& part = shards_[sweep_shard_];
    sweep_shard_ = (sweep_shard_ + 1) & mask_;
    shard_guard guard{part};
    auto through = part.expire(now, locked_nodes, removed);
    guard.unlock();
    done = through ? done + 1 : 0;
    batches += through ? 0 : 1;
    if constexpr (std::is_same_v<Node, node>)
      for (const auto& x : removed.nodes)
        report_expired(x->key(), x->value());
    for (auto& x : removed.nodes)
      dispose_(std::move(x));
  }
  sweep_pending_ = batches >= sweep_batches;
}

template class shard_table<node>;
template class shard_table<bag_node>;
template class shard_table<node, spread_lock>;

} // namespace actor_cache::ets_table
