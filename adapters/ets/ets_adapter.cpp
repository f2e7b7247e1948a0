#include "ets_adapter.hpp"

#include "actor_cache/errc.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <random>
#include <thread>

namespace actor_cache {

caf::error ets_options::validate() const {
  if (shards > 0 && (!std::has_single_bit(shards) || shards > 65536))
    return make_error(errc::invalid_argument,
                      fmt::format("ets_options::shards is {}; accepted is 0 or "
                                  "a power of two up to 65536",
                                  shards));
  return {};
}

adapter_ptr ets_options::make(const adapter_context&) const {
  return std::make_unique<ets::ets_adapter>(*this);
}

} // namespace actor_cache

namespace actor_cache::ets {

namespace {

/// Slots that one call to `sweep` looks at, and how many of them under one
/// lock.
constexpr size_t sweep_slots = 65536;
constexpr size_t locked_slots = 1024;

/// Entries that a scan copies under one lock.
constexpr size_t locked_entries = 512;

uint64_t random_seed() {
  std::random_device source;
  return (static_cast<uint64_t>(source()) << 32) | source();
}

size_t shard_count(const ets_options& options) {
  if (options.shards > 0)
    return options.shards;
  auto cores = std::max(std::thread::hardware_concurrency(), 1u);
  return std::bit_ceil(size_t{cores} * 32);
}

/// A position in a scan: which shard, and from which hash on.
struct scan_cursor {
  size_t shard = 0;
  uint64_t hash = 0;
};

std::string to_string(scan_cursor x) {
  return fmt::format("{:x}:{:x}", x.shard, x.hash);
}

caf::expected<scan_cursor> parse_cursor(std::string_view text, size_t shards) {
  scan_cursor result;
  if (text.empty())
    return result;
  const auto* last = text.data() + text.size();
  auto [colon, bad_shard] = std::from_chars(text.data(), last, result.shard, 16);
  if (bad_shard == std::errc{} && colon != last && *colon == ':') {
    auto [end, bad_hash] = std::from_chars(colon + 1, last, result.hash, 16);
    if (bad_hash == std::errc{} && end == last && result.shard < shards)
      return result;
  }
  return make_error(errc::invalid_argument,
                    fmt::format("'{}' is no cursor of this cache; accepted is "
                                "the cursor of its last page, or an empty one",
                                text));
}

} // namespace

ets_adapter::ets_adapter(const ets_options& options)
  : seed_(random_seed()),
    shards_(shard_count(options)),
    mask_(shards_.size() - 1) {
  // nop
}

adapter_traits ets_adapter::traits() const noexcept {
  return {"ets", road::direct};
}

caf::expected<std::optional<entry>> ets_adapter::get(std::string_view key,
                                                     time_point now) {
  auto [hash, home] = locate(key);
  std::shared_lock guard{home.mtx};
  if (const auto* found = std::as_const(home).find(hash, key);
      found != nullptr && found->kept(now))
    return std::optional<entry>{found->read()};
  return std::optional<entry>{};
}

caf::expected<version> ets_adapter::put(std::string_view key, entry next,
                                        time_point now) {
  return update(key, now,
                [&](const entry*) { return change::store(std::move(next)); });
}

caf::expected<bool> ets_adapter::erase(std::string_view key, time_point now) {
  auto found = false;
  auto done = update(key, now, [&](const entry* current) {
    found = current != nullptr;
    return change::erase();
  });
  if (!done)
    return std::move(done.error());
  return found;
}

caf::expected<version> ets_adapter::update(std::string_view key,
                                           time_point now, decide_fn decide) {
  auto [hash, home] = locate(key);
  entry old; // destroyed after the lock is released
  std::unique_lock guard{home.mtx};
  auto* found = home.find(hash, key);
  if (found != nullptr)
    old = found->read();
  auto next = decide(found != nullptr && old.kept(now) ? &old : nullptr);
  switch (next.what) {
    case change::kind::keep:
      return version{0};
    case change::kind::erase:
      if (found != nullptr)
        home.erase(hash, key);
      return version{0};
    case change::kind::store:
      break;
  }
  next.next.version = home.next_version();
  auto result = next.next.version;
  if (found != nullptr)
    home.write(*found, std::move(next.next));
  else
    home.insert(hash, key, std::move(next.next));
  return result;
}

caf::expected<size_t> ets_adapter::size(time_point) {
  size_t result = 0;
  for (const auto& part : shards_)
    result += part.size();
  return result;
}

caf::error ets_adapter::clear() {
  for (auto& part : shards_) {
    std::unique_lock guard{part.mtx};
    part.clear();
  }
  return {};
}

caf::expected<scan_page> ets_adapter::scan(std::string_view cursor,
                                           size_t limit, time_point now) {
  auto at = parse_cursor(cursor, shards_.size());
  if (!at)
    return std::move(at.error());
  scan_page result;
  while (at->shard < shards_.size() && result.entries.size() < limit) {
    auto& part = shards_[at->shard];
    auto wanted = std::min(limit - result.entries.size(), locked_entries);
    std::shared_lock guard{part.mtx};
    at->hash = part.visit(at->hash, wanted, [&](const node& x) {
      if (x.kept(now))
        result.entries.emplace_back(x.key(), x.read());
    });
    if (at->hash == 0)
      ++at->shard;
  }
  if (at->shard < shards_.size())
    result.cursor = to_string(*at);
  return result;
}

size_t ets_adapter::sweep(time_point now) {
  std::unique_lock turn{sweep_mtx_, std::try_to_lock};
  if (!turn)
    return 0;
  size_t freed = 0;
  auto expired = [&](const node& x) {
    auto over = !x.kept(now);
    freed += over ? 1 : 0;
    return over;
  };
  size_t seen = 0;
  for (size_t parts = 0; parts <= mask_ && seen < sweep_slots;) {
    auto& part = shards_[sweep_shard_];
    std::unique_lock guard{part.mtx};
    sweep_hash_ = part.erase_if(sweep_hash_, locked_slots, expired);
    seen += locked_slots;
    if (sweep_hash_ == 0) {
      sweep_shard_ = (sweep_shard_ + 1) & mask_;
      ++parts;
    }
  }
  return freed;
}

size_t ets_adapter::bytes() const noexcept {
  size_t result = 0;
  for (const auto& part : shards_)
    result += part.bytes();
  return result;
}

} // namespace actor_cache::ets
